// One client of a run: asks as planned, and counts by itself the tokens that reached it. It believes nothing that the platform says of
// its tokens but their text: four letters each.

import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { tokenLetters } from "#loadtest/chaos/streams/legal-output.ts";
import { readEvent } from "#loadtest/chaos/streams/sse-event.ts";
import type { PlannedAsk } from "./plan.ts";

/** One answer to one call. */
interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly requestId: string;
  readonly tokens: number;
  readonly isWhole: boolean;
  /** Where a cut stream is read on. */
  readonly lastId: string;
  readonly code: string;
}

/** What a client knows of one request when all is over. */
export interface Receipt {
  readonly ask: PlannedAsk;
  readonly requestId: string;
  readonly received: number;
  /** `refused`: never accepted. `failed`: accepted, and then ended by the platform's fault. */
  readonly end: "whole" | "cut" | "failed" | "refused";
  /** Of one that was cut and read on: all that is to be had. */
  readonly had: number | undefined;
  /** Other requests that were made of it under its key; none is expected. */
  readonly others: readonly string[];
  readonly duplicates: number;
  readonly code: string;
}

export interface ClientPorts {
  readonly agent: Agent;
  /** `host:port`, one per edge. */
  readonly edges: readonly string[];
}

const model = "llama-3.1-8b";
const patienceMs = 90_000;

export async function askAs(ask: PlannedAsk, ports: ClientPorts, at: number): Promise<Receipt> {
  switch (ask.kind) {
    case "cut":
      return receiptOf(ask, await post(ask, ports, at, ask.cutAfter));
    case "resumed":
      return askAndReadOn(ask, ports, at);
    case "twice":
      return askTwice(ask, ports, at);
    default:
      return receiptOf(ask, await post(ask, ports, at));
  }
}

function receiptOf(ask: PlannedAsk, answer: Answer, more: Partial<Receipt> = {}): Receipt {
  const { status, requestId, tokens, isWhole, code } = answer;
  const wasCut = ask.kind === "cut" || ask.kind === "resumed";
  const ended = isWhole ? "whole" : wasCut && code === "" ? "cut" : "failed";
  return {
    ask,
    requestId,
    received: tokens,
    end: status === 200 ? ended : "refused",
    had: undefined,
    others: [],
    duplicates: 0,
    code: code === "" && status !== 200 ? String(status) : code,
    ...more,
  };
}

async function askAndReadOn(ask: PlannedAsk, ports: ClientPorts, at: number): Promise<Receipt> {
  const first = await post(ask, ports, at, ask.cutAfter);
  if (first.status !== 200 || first.isWhole || first.code !== "") return receiptOf(ask, first);
  const after = first.lastId === "" ? "" : `?after=${first.lastId}`;
  const path = `/v1/requests/${first.requestId}/stream${after}`;
  const call = { ask, method: "GET", path, edge: edgeOf(ports, at + 1), agent: ports.agent };
  const rest = await answerTo(call);
  // Whoever reads on has all that was generated until the cut was noticed, or that the output is not kept any more.
  const had = rest.status === 200 ? first.tokens + rest.tokens : undefined;
  return receiptOf(ask, first, had === undefined ? {} : { had });
}

async function askTwice(ask: PlannedAsk, ports: ClientPorts, at: number): Promise<Receipt> {
  const both = await Promise.all([post(ask, ports, at), post(ask, ports, at)]);
  let answer = both.find(({ isWhole }) => isWhole);
  let duplicates = 1;
  for (let turn = 0; answer === undefined && turn < 40; turn++) {
    await sleep(250);
    const again = await post(ask, ports, at + turn);
    duplicates++;
    if (again.isWhole) answer = again;
    // A refusal of the repeat that may pass says nothing of the run under its name.
    const mayPass = [0, 200, 409, 429, 503].includes(again.status);
    if (!mayPass) return receiptOf(ask, again, { duplicates });
  }
  if (answer === undefined) return receiptOf(ask, both[0], { duplicates });
  const again = await post(ask, ports, at + 1);
  const named = [...both, again].filter(({ status }) => status === 200);
  const others = new Set(named.map(({ requestId }) => requestId));
  others.delete(answer.requestId);
  return receiptOf(ask, answer, { others: [...others], duplicates: duplicates + 1 });
}

const edgeOf = ({ edges }: ClientPorts, at: number): string => edges[at % edges.length] ?? "";

function post(
  ask: PlannedAsk,
  ports: ClientPorts,
  at: number,
  leaveAfter: number = Infinity,
): Promise<Answer> {
  const body = JSON.stringify({
    model,
    prompt: ask.prompt,
    max_tokens: ask.outputTokens,
    ignore_eos: true,
    stream: ask.kind !== "piece" && ask.kind !== "twice",
  });
  const headers = ask.kind === "twice" ? { "idempotency-key": ask.key } : {};
  const edge = edgeOf(ports, at);
  const path = "/v1/completions";
  return answerTo({
    ask,
    method: "POST",
    path,
    edge,
    agent: ports.agent,
    body,
    headers,
    leaveAfter,
  });
}

interface Call {
  readonly ask: PlannedAsk;
  readonly method: string;
  readonly path: string;
  readonly edge: string;
  readonly agent: Agent;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly leaveAfter?: number;
}

const none: Answer = { status: 0, requestId: "", tokens: 0, isWhole: false, lastId: "", code: "" };

function answerTo(call: Call): Promise<Answer> {
  const { ask, method, path, edge, agent, body = "", headers = {} } = call;
  return new Promise((resolve) => {
    const request = httpRequest(`http://${edge}${path}`, {
      method,
      agent,
      timeout: patienceMs,
      headers: {
        authorization: `Bearer fl-demo-${ask.tenant}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...headers,
      },
    });
    request.on("timeout", () => request.destroy(new Error("no text in time")));
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ ...none, code: error.code ?? error.message }),
    );
    request.on("response", (response) => resolve(read(call, request, response)));
    request.end(body);
  });
}

async function read(
  { leaveAfter = Infinity }: Call,
  request: ClientRequest,
  response: IncomingMessage,
): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const requestId = String(response.headers["x-request-id"] ?? "");
  const isStream = String(response.headers["content-type"]).includes("event-stream");
  response.setEncoding("utf8");
  const reading = new Reading();
  try {
    for await (const piece of response) {
      reading.take(String(piece), isStream);
      if (reading.tokens < leaveAfter || reading.isDone) continue;
      request.destroy();
      break;
    }
  } catch {
    // What came until then is what was received.
  }
  return { status, requestId, ...reading.answer(isStream) };
}

class Reading {
  #unread = "";
  #letters = 0;
  #lastId = "";
  #code = "";
  #hasFinish = false;
  isDone = false;

  get tokens(): number {
    return Math.floor(this.#letters / tokenLetters);
  }

  take(piece: string, isStream: boolean): void {
    this.#unread += piece;
    if (!isStream) return;
    const events = this.#unread.split("\n\n");
    this.#unread = events.pop() ?? "";
    for (const event of events) {
      const said = readEvent(event);
      if (said === undefined) continue;
      this.#letters += said.text.length;
      if (said.id !== "") this.#lastId = said.id;
      if (said.errorCode !== "") this.#code = said.errorCode;
      this.#hasFinish ||= said.hasFinish;
      this.isDone ||= said.isDone;
    }
  }

  answer(isStream: boolean): Omit<Answer, "status" | "requestId"> {
    if (!isStream) this.#readPiece();
    const isWhole = this.#hasFinish && this.isDone;
    return { tokens: this.tokens, isWhole, lastId: this.#lastId, code: this.#code };
  }

  #readPiece(): void {
    const said = parsed(this.#unread);
    const [choice] = said?.choices ?? [];
    this.#letters = choice?.text?.length ?? 0;
    this.#code = said?.error?.code ?? "";
    this.#hasFinish = this.isDone = choice !== undefined;
  }
}

interface Piece {
  readonly choices?: readonly { readonly text?: string }[];
  readonly error?: { readonly code?: string };
}

function parsed(text: string): Piece | undefined {
  try {
    return JSON.parse(text) as Piece;
  } catch {
    return undefined;
  }
}
