// One streamed completion over a socket of its own, watched token by token. A body that ends without a finish reason
// and `[DONE]` is broken, however cleanly it ends; a broken one is read on at the other edges, from the last event's id. What
// nobody there keeps is asked for again under its key, from the same id.

import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { LongestPauses } from "./longest-pauses.ts";
import { readEvent } from "./sse-event.ts";
import type { RefusalRecord, StreamEnd, StreamRecord } from "./stream-record.ts";

export interface StreamAsk {
  readonly edge: string;
  /** Where a broken stream is read on, tried in turn. */
  readonly others: readonly string[];
  readonly agent: Agent;
  readonly tenant: string;
  readonly prompt: string;
  readonly outputTokens: number;
  /** No text for so long: given up, and broken. */
  readonly patienceMs: number;
  /** Should its socket break, it is not read on. */
  readonly staysAway: boolean;
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
/** A new owner may have to be found first: a lease and a second, and longer when a zone is lost. */
const resumeEveryMs = 250;
const resumeTries = 80;
/** Nobody has it: neither the edge nor the worker that did is there any more. */
const isGoneFor: ReadonlySet<string> = new Set(["request_not_found", "resume_gone"]);

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
  #request: ClientRequest;
  readonly #askedAtMs: number = performance.now();
  readonly #pauses = new LongestPauses();
  readonly #settled = Promise.withResolvers<StreamOutcome>();
  readonly outcome: Promise<StreamOutcome> = this.#settled.promise;
  response: IncomingMessage | undefined;
  #firstAtMs = -1;
  #requestId = "";
  /** Of the last event with one. */
  #lastId = "";
  #tries = 0;
  #resumes = 0;
  #repeats = 0;
  readonly #body: string;
  readonly #key: string = randomUUID();
  #text = "";
  #rest = "";
  #isCut = false;
  #hasFinish = false;
  #isDone = false;
  #errorCode = "";

  constructor(ask: StreamAsk) {
    this.#ask = ask;
    this.#body = JSON.stringify({
      model,
      prompt: ask.prompt,
      max_tokens: ask.outputTokens,
      ignore_eos: true,
      stream: true,
    });
    this.#request = this.#post(ask.edge, {});
    this.#request.on("error", (error) => this.#settleUnanswered(error));
    this.#request.on("response", (response) => this.#read(response));
    this.#request.end(this.#body);
  }

  #post(edge: string, headers: Readonly<Record<string, string>>): ClientRequest {
    return this.#call("POST", `http://${edge}/v1/completions`, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(this.#body),
      "idempotency-key": this.#key,
      ...headers,
    });
  }

  #call(
    method: string,
    url: string,
    headers: Readonly<Record<string, string | number>>,
  ): ClientRequest {
    const { agent, patienceMs: timeout, tenant } = this.#ask;
    const authorization = `Bearer fl-demo-${tenant}`;
    const request = httpRequest(url, {
      method,
      agent,
      timeout,
      headers: { authorization, ...headers },
    });
    request.on("timeout", () => request.destroy(new Error("no text in time")));
    return request;
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
    if (response.statusCode === 200) {
      this.#requestId = String(response.headers["x-request-id"] ?? "");
      return this.#follow(response);
    }
    void this.#refuse(response);
  }

  async #refuse(response: IncomingMessage): Promise<void> {
    this.#settleRefused(codeOf(await textOf(response)) ?? `${response.statusCode}`);
  }

  #follow(response: IncomingMessage): void {
    let broken = "";
    this.#rest = "";
    response.setEncoding("utf8");
    response.on("error", (error: NodeJS.ErrnoException) => {
      broken = error.code ?? error.message;
    });
    response.on("data", (chunk: string) => this.#take(chunk));
    response.on("close", () => {
      const end = this.#endOf(broken);
      const isReadOn = end.kind === "broken" && !this.#ask.staysAway;
      if (isReadOn && this.#requestId !== "") void this.#resume(end);
      else this.#settleAccepted(end);
    });
  }

  /** `end`: what it is if no edge reads it on. */
  async #resume(end: StreamEnd): Promise<void> {
    const { others } = this.#ask;
    let unresumed = "";
    for (; this.#tries < resumeTries && !this.#isCut; this.#tries++) {
      const edge = others[this.#tries % others.length];
      if (edge === undefined) break;
      const isGone = isGoneFor.has(unresumed);
      const said = await (isGone ? this.#askAgain(edge) : this.#askOn(edge));
      if (typeof said !== "string") {
        this.#tries += 1;
        if (isGone) this.#repeats += 1;
        else this.#resumes += 1;
        // A repeat of a run that was over is another request.
        this.#requestId = String(said.headers["x-request-id"] ?? this.#requestId);
        this.response = said;
        return this.#follow(said);
      }
      // Once gone it stays so, whatever is said of the repeats.
      if (!isGone && said !== "") unresumed = said;
      await sleep(resumeEveryMs);
    }
    this.#settleAccepted(end.kind === "broken" ? { ...end, unresumed } : end);
  }

  #askOn(edge: string): Promise<IncomingMessage | string> {
    const after = this.#lastId === "" ? "" : `?after=${this.#lastId}`;
    const url = `http://${edge}/v1/requests/${this.#requestId}/stream${after}`;
    return this.#answerTo(this.#call("GET", url, {}), "");
  }

  #askAgain(edge: string): Promise<IncomingMessage | string> {
    const lost = this.#lastId === "" ? {} : { "last-event-id": this.#lastId };
    return this.#answerTo(this.#post(edge, lost), this.#body);
  }

  /** The stream, or the code of the refusal; empty: no answer. */
  #answerTo(request: ClientRequest, body: string): Promise<IncomingMessage | string> {
    this.#request = request;
    return new Promise((resolve) => {
      request.on("error", () => resolve(""));
      request.on("response", (response) => {
        if (response.statusCode === 200) return resolve(response);
        void textOf(response).then((text) => resolve(codeOf(text) ?? `${response.statusCode}`));
      });
      request.end(body);
    });
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
    const said = readEvent(event);
    if (said === undefined) return;
    if (said.id !== "") this.#lastId = said.id;
    if (said.errorCode !== "") this.#errorCode = said.errorCode;
    this.#text += said.text;
    this.#hasFinish ||= said.hasFinish;
    this.#isDone ||= said.isDone;
  }

  #endOf(broken: string): StreamEnd {
    if (this.#hasFinish && this.#isDone) return { kind: "whole" };
    if (this.#isCut) return { kind: "cut" };
    if (this.#errorCode !== "") return { kind: "error", code: this.#errorCode };
    const reason = broken === "" ? "ended without a finish reason" : broken;
    return { kind: "broken", reason, unresumed: "" };
  }

  #settleAccepted(end: StreamEnd): void {
    const { tenant, edge, prompt, outputTokens, staysAway } = this.#ask;
    const record: StreamRecord = {
      tenant,
      edge,
      prompt,
      outputTokens,
      requestId: this.#requestId,
      askedAtMs: this.#askedAtMs,
      firstAtMs: this.#firstAtMs,
      endedAtMs: performance.now(),
      text: this.#text,
      end,
      resumes: this.#resumes,
      repeats: this.#repeats,
      staysAway,
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

/** Of a refusal: never more than its beginning. */
function textOf(response: IncomingMessage): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  response.setEncoding("utf8");
  response.on("error", () => undefined);
  response.on("data", (chunk: string) => {
    if (text.length < refusalLettersMax) text += chunk;
  });
  response.on("close", () => resolve(text));
  return promise;
}

function codeOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly error?: { readonly code?: string } }).error?.code;
  } catch {
    return undefined;
  }
}
