// One streamed completion over a socket of its own, watched token by token. A body that ends without a finish reason
// and `[DONE]` is broken, however cleanly it ends.

import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { LongestPauses } from "./longest-pauses.ts";
import type { RefusalRecord, StreamEnd, StreamRecord } from "./stream-record.ts";

export interface StreamAsk {
  readonly edge: string;
  readonly agent: Agent;
  readonly tenant: string;
  readonly prompt: string;
  readonly outputTokens: number;
  /** No text for so long: given up, and broken. */
  readonly patienceMs: number;
}

export type StreamOutcome =
  | { readonly kind: "accepted"; readonly record: StreamRecord }
  | { readonly kind: "refused"; readonly refusal: RefusalRecord };

export interface OpenStream {
  readonly outcome: Promise<StreamOutcome>;
  /** Hangs up. */
  cut(): void;
  /** Reads no further until resumed: a slow client. */
  pause(): void;
  resume(): void;
  readonly hasText: () => boolean;
}

const model = "llama-3.1-8b";
const refusalLettersMax = 4096;

export function openStream(ask: StreamAsk): OpenStream {
  const reading = new Reading(ask);
  return {
    outcome: reading.outcome,
    cut: () => reading.cut(),
    pause: () => reading.response?.pause(),
    resume: () => reading.response?.resume(),
    hasText: () => reading.hasText(),
  };
}

class Reading {
  readonly #ask: StreamAsk;
  readonly #request: ClientRequest;
  readonly #askedAtMs: number = performance.now();
  readonly #pauses = new LongestPauses();
  readonly #settled = Promise.withResolvers<StreamOutcome>();
  readonly outcome: Promise<StreamOutcome> = this.#settled.promise;
  response: IncomingMessage | undefined;
  #firstAtMs = -1;
  #text = "";
  #rest = "";
  #isCut = false;
  #hasFinish = false;
  #isDone = false;
  #errorCode = "";

  constructor(ask: StreamAsk) {
    this.#ask = ask;
    const body = JSON.stringify({
      model,
      prompt: ask.prompt,
      max_tokens: ask.outputTokens,
      ignore_eos: true,
      stream: true,
    });
    this.#request = httpRequest(`http://${ask.edge}/v1/completions`, {
      method: "POST",
      agent: ask.agent,
      timeout: ask.patienceMs,
      headers: {
        authorization: `Bearer fl-demo-${ask.tenant}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    this.#request.on("timeout", () => this.#request.destroy(new Error("no text in time")));
    this.#request.on("error", (error) => this.#settleUnanswered(error));
    this.#request.on("response", (response) => this.#read(response));
    this.#request.end(body);
  }

  cut(): void {
    this.#isCut = true;
    this.#request.destroy();
  }

  hasText(): boolean {
    return this.#firstAtMs >= 0;
  }

  #read(response: IncomingMessage): void {
    this.response = response;
    response.setEncoding("utf8");
    let broken = "";
    response.on("error", (error: NodeJS.ErrnoException) => {
      broken = error.code ?? error.message;
    });
    if (response.statusCode === 200) {
      response.on("data", (chunk: string) => this.#take(chunk));
      response.on("close", () => this.#settleAccepted(broken));
      return;
    }
    let text = "";
    response.on("data", (chunk: string) => {
      if (text.length < refusalLettersMax) text += chunk;
    });
    response.on("close", () => this.#settleRefused(codeOf(text) ?? `${response.statusCode}`));
  }

  #take(chunk: string): void {
    const events = (this.#rest + chunk).split("\n\n");
    this.#rest = events.pop() ?? "";
    const before = this.#text.length;
    for (const event of events) this.#takeEvent(event);
    if (this.#text.length === before) return;
    const nowMs = performance.now();
    if (this.#firstAtMs < 0) this.#firstAtMs = nowMs;
    this.#pauses.arrived(nowMs);
  }

  #takeEvent(event: string): void {
    const at = event.indexOf("data: ");
    if (at < 0) return;
    const data = event.slice(at + "data: ".length);
    if (data === "[DONE]") {
      this.#isDone = true;
      return;
    }
    const { error, choices = [] } = JSON.parse(data) as Chunk;
    if (error !== undefined) this.#errorCode = error.code ?? error.type ?? "unknown";
    this.#text += choices[0]?.text ?? "";
    if ((choices[0]?.finish_reason ?? null) !== null) this.#hasFinish = true;
  }

  #endOf(broken: string): StreamEnd {
    if (this.#hasFinish && this.#isDone) return { kind: "whole" };
    if (this.#isCut) return { kind: "cut" };
    if (this.#errorCode !== "") return { kind: "error", code: this.#errorCode };
    return { kind: "broken", reason: broken === "" ? "ended without a finish reason" : broken };
  }

  #settleAccepted(broken: string): void {
    const { tenant, edge, prompt, outputTokens } = this.#ask;
    const record: StreamRecord = {
      tenant,
      edge,
      prompt,
      outputTokens,
      requestId: String(this.response?.headers["x-request-id"] ?? ""),
      askedAtMs: this.#askedAtMs,
      firstAtMs: this.#firstAtMs,
      endedAtMs: performance.now(),
      text: this.#text,
      end: this.#endOf(broken),
      pauses: this.#pauses.all,
    };
    this.#settled.resolve({ kind: "accepted", record });
  }

  // Before an answer began nothing was accepted, as far as the client knows.
  #settleUnanswered(error: NodeJS.ErrnoException): void {
    if (this.response === undefined) this.#settleRefused(error.code ?? error.message);
  }

  #settleRefused(code: string): void {
    const { tenant, edge } = this.#ask;
    const refusal = { tenant, edge, atMs: performance.now(), code };
    this.#settled.resolve({ kind: "refused", refusal });
  }
}

interface Chunk {
  readonly error?: { readonly code?: string; readonly type?: string };
  readonly choices?: readonly { readonly text?: string; readonly finish_reason?: string | null }[];
}

function codeOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly error?: { readonly code?: string } }).error?.code;
  } catch {
    return undefined;
  }
}
