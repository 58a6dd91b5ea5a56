// HTTP to an engine. Law: a connection carries one call and is closed after it. Engines advertise keep-alive and then
// reset the next request after a stream (llama-server: every second one), so none is ever used twice.

import type { ClientRequest, IncomingMessage } from "node:http";
import { request } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { EngineFault, faultOf } from "./engine-fault.ts";

export interface EngineCall {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly body?: string;
  /** Closes the connection, whatever the call has come to. */
  readonly signal?: AbortSignal;
  /** For an answer as a whole; of a stream: until it begins. Absent: as long as it takes. */
  readonly patienceMs?: number;
}

/** No answer of an engine is longer; a longer one is another program's. */
const answerLengthMax = 16 * 1024 * 1024;
const refusalLengthMax = 4096;

/** Its answer, which must be JSON. Rejects with an `EngineFault`. */
export async function callEngine(call: EngineCall): Promise<unknown> {
  return parseJson(await readWhole(call));
}

/** Its answer, whatever it is. Rejects with an `EngineFault`. */
export const readPage = (url: string, patienceMs: number): Promise<string> =>
  readWhole({ url, method: "GET", patienceMs });

async function readWhole(call: EngineCall): Promise<string> {
  let text = "";
  await open(call, (response) => {
    readText(response, (piece) => {
      text += piece;
      if (text.length > answerLengthMax) response.destroy(tooLong());
    });
  });
  return text;
}

const tooLong = (): EngineFault => new EngineFault("malformed", "its answer has no end");

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new EngineFault("malformed", `it answered no JSON: ${text.slice(0, 80)}`);
  }
}

export interface EngineStream {
  pause(): void;
  resume(): void;
}

export interface StreamEars {
  /** Once, before the first text. */
  onOpen(stream: EngineStream): void;
  /** May throw an `EngineFault`: the stream is closed and the call rejects with it. */
  onText(text: string): void;
}

/** Resolves when the engine has ended the stream in good order. Rejects with an `EngineFault`. */
export function streamEngine(call: EngineCall, ears: StreamEars): Promise<void> {
  return open(call, (response) => {
    const { "content-type": type = "" } = response.headers;
    if (!type.startsWith("text/event-stream")) {
      response.destroy(new EngineFault("malformed", `it answered ${type || "nothing known"}`));
      return;
    }
    ears.onOpen(response);
    readText(response, (text) => {
      try {
        ears.onText(text);
      } catch (error) {
        response.destroy(faultOf(error));
      }
    });
  });
}

function readText(response: IncomingMessage, onText: (text: string) => void): void {
  const decoder = new StringDecoder("utf8");
  response.on("data", (chunk: Buffer) => {
    // What the same packet still had comes even after the end.
    if (!response.destroyed) onText(decoder.write(chunk));
  });
}

function open(
  { url, method, body = "", signal, patienceMs }: EngineCall,
  onResponse: (response: IncomingMessage) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const asked = request(url, { method, agent: false, ...(method === "POST" ? { headers } : {}) });
    const timer = patienceMs === undefined ? undefined : startTimer(asked, patienceMs);
    const close = (): void => void asked.destroy(new EngineFault("closed", "closed by its driver"));
    const finish = (error?: unknown): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", close);
      if (error === undefined) resolve();
      else reject(signal?.aborted === true ? new EngineFault("closed", "closed") : faultOf(error));
    };
    asked.on("error", finish);
    asked.on("response", (response) => {
      response.on("error", finish);
      response.on("end", () => finish());
      response.on("close", () => {
        if (!response.complete) finish(new EngineFault("broken", "it ended in the middle"));
      });
      if (response.statusCode === 200) onResponse(response);
      else readRefusal(response, finish);
      if (response.headers["content-type"]?.startsWith("text/event-stream") === true) {
        clearTimeout(timer);
      }
    });
    if (signal?.aborted === true) close();
    else signal?.addEventListener("abort", close, { once: true });
    asked.end(body);
  });
}

const startTimer = (asked: ClientRequest, patienceMs: number): NodeJS.Timeout =>
  setTimeout(() => {
    asked.destroy(new EngineFault("silent", `no answer in ${patienceMs} ms`));
  }, patienceMs);

function readRefusal(response: IncomingMessage, finish: (error: unknown) => void): void {
  let body = "";
  readText(response, (text) => {
    if (body.length < refusalLengthMax) body += text;
  });
  response.removeAllListeners("end");
  response.on("end", () => {
    const status = response.statusCode ?? 0;
    finish(
      new EngineFault("status", `it answered ${status}: ${body.slice(0, 200)}`, { status, body }),
    );
  });
}
