// One streamed completion over HTTP, timed as the client sees it.

import type { Agent, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";

export interface StreamCall {
  readonly url: URL;
  readonly agent: Agent;
  readonly key: string;
  readonly body: string;
  readonly timeoutMs: number;
  /** Each piece of the output's text as it comes. */
  readonly onText?: (text: string) => void;
}

export type StreamOutcome =
  | {
      readonly kind: "completed";
      readonly ttftMs: number;
      readonly e2eMs: number;
      /** First to last event with text. */
      readonly decodeMs: number;
      readonly promptTokens: number;
      readonly outputTokens: number;
    }
  | { readonly kind: "refused"; readonly status: number; readonly code: string }
  | { readonly kind: "broken"; readonly reason: string };

export function streamCompletion(call: StreamCall): Promise<StreamOutcome> {
  return new Promise((resolve) => {
    const sentAtMs = performance.now();
    const settle = (outcome: StreamOutcome): void => {
      clearTimeout(deadline);
      resolve(outcome);
    };
    const request = httpRequest(
      call.url,
      {
        method: "POST",
        agent: call.agent,
        headers: {
          authorization: `Bearer ${call.key}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(call.body),
        },
      },
      (response) => {
        if (response.statusCode === 200)
          readStream(response, { sentAtMs, settle, onText: call.onText });
        else readRefusal(response, settle);
      },
    );
    const deadline = setTimeout(() => {
      request.destroy();
      settle({ kind: "broken", reason: "timeout" });
    }, call.timeoutMs);
    request.on("error", (error: NodeJS.ErrnoException) =>
      settle({ kind: "broken", reason: error.code ?? error.message }),
    );
    request.end(call.body);
  });
}

interface Reading {
  readonly sentAtMs: number;
  readonly settle: (outcome: StreamOutcome) => void;
  readonly onText: StreamCall["onText"];
}

function readStream(response: IncomingMessage, { sentAtMs, settle, onText }: Reading): void {
  let rest = "";
  let firstAtMs = 0;
  let lastAtMs = 0;
  let usage: { prompt_tokens: number; completion_tokens: number } | undefined;
  let isDone = false;
  let errorCode: string | undefined;
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    const events = (rest + chunk).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = dataOf(event);
      if (data === undefined) continue;
      if (data === "[DONE]") isDone = true;
      else if (data.startsWith('{"error"')) errorCode = codeOf(data);
      else if (data.includes('"usage":{')) usage = JSON.parse(data).usage;
      if (hasText(data)) {
        onText?.(textOf(data));
        lastAtMs = performance.now();
        if (firstAtMs === 0) firstAtMs = lastAtMs;
      }
    }
  });
  response.on("close", () => {
    if (!isDone || usage === undefined || firstAtMs === 0) {
      return settle({ kind: "broken", reason: errorCode ?? "stream ended early" });
    }
    return settle({
      kind: "completed",
      ttftMs: firstAtMs - sentAtMs,
      e2eMs: performance.now() - sentAtMs,
      decodeMs: lastAtMs - firstAtMs,
      promptTokens: usage.prompt_tokens,
      outputTokens: usage.completion_tokens,
    });
  });
  response.on("error", () => settle({ kind: "broken", reason: "socket error" }));
}

/** Behind its id, where it has one. */
function dataOf(event: string): string | undefined {
  const from = event.startsWith("data: ") ? 0 : event.indexOf("\ndata: ") + 1;
  return event.startsWith("data: ", from) ? event.slice(from + "data: ".length) : undefined;
}

const hasText = (data: string): boolean =>
  (data.includes('"text":"') && !data.includes('"text":""')) ||
  (data.includes('"content":"') && !data.includes('"content":""'));

const textOf = (data: string): string => {
  const [choice] = (JSON.parse(data) as { choices: readonly { text?: string }[] }).choices;
  return choice?.text ?? "";
};

function readRefusal(response: IncomingMessage, settle: (outcome: StreamOutcome) => void): void {
  let text = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    if (text.length < 4096) text += chunk;
  });
  response.on("close", () =>
    settle({ kind: "refused", status: response.statusCode ?? 0, code: codeOf(text) }),
  );
}

function codeOf(text: string): string {
  try {
    const { error } = JSON.parse(text);
    return String(error?.code ?? error?.type ?? "unknown");
  } catch {
    return "not-json";
  }
}
