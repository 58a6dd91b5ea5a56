// The bare engine's replies in OpenAI's dialect. All around a stream's text is made once per call.

import type { BareCall } from "./bare-request.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

export interface BareReply {
  readonly call: BareCall;
  readonly head: string;
  /** Around the escaped text of one event. */
  readonly prefix: string;
  readonly suffix: string;
}

const doneEvent = "data: [DONE]\n\n";

export function startReply(call: BareCall, id: string, createdEpochS: number): BareReply {
  const isChat = call.api === "chat";
  const whole = isChat ? "chat.completion" : "text_completion";
  const object = isChat && call.isStreamed ? "chat.completion.chunk" : whole;
  const name = `${isChat ? "chatcmpl" : "cmpl"}-${id}`;
  const model = JSON.stringify(call.model);
  const head = `{"id":"${name}","object":"${object}","created":${createdEpochS},"model":${model}`;
  const choice = `data: ${head},"choices":[{"index":0,`;
  const tail = `,"logprobs":null,"finish_reason":null}]}\n\n`;
  return isChat
    ? { call, head, prefix: `${choice}"delta":{"content":`, suffix: `}${tail}` }
    : { call, head, prefix: `${choice}"text":`, suffix: tail };
}

export const firstEvent = ({ call, head }: BareReply): string =>
  call.api === "chat"
    ? `data: ${head},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}\n\n`
    : "";

export const textEvent = ({ prefix, suffix }: BareReply, text: string): string =>
  prefix + JSON.stringify(text) + suffix;

export function lastEvents(
  { call, head }: BareReply,
  reason: string,
  { promptTokens, totals }: { readonly promptTokens: number; readonly totals: ExecutedTotals },
): string {
  const piece = call.api === "chat" ? '"delta":{}' : '"text":""';
  const finish = `{"index":0,${piece},"logprobs":null,"finish_reason":"${reason}"}`;
  const usage = call.includeUsage
    ? `data: ${head},"choices":[],"usage":${usageText(promptTokens, totals)}}\n\n`
    : "";
  return `data: ${head},"choices":[${finish}]}\n\n${usage}${doneEvent}`;
}

export function wholeReply(
  { call, head }: BareReply,
  { text, reason }: { readonly text: string; readonly reason: string },
  { promptTokens, totals }: { readonly promptTokens: number; readonly totals: ExecutedTotals },
): string {
  const escaped = JSON.stringify(text);
  const piece =
    call.api === "chat"
      ? `"message":{"role":"assistant","content":${escaped},"refusal":null}`
      : `"text":${escaped}`;
  const choice = `{"index":0,${piece},"logprobs":null,"finish_reason":"${reason}"}`;
  return `${head},"choices":[${choice}],"usage":${usageText(promptTokens, totals)}}`;
}

export const errorReply = (message: string, type: string): string =>
  JSON.stringify({ error: { message, type, param: null, code: null } });

function usageText(promptTokens: number, { outputTokens, cachedTokens }: ExecutedTotals): string {
  const total = promptTokens + outputTokens;
  return `{"prompt_tokens":${promptTokens},"completion_tokens":${outputTokens},"total_tokens":${total},"prompt_tokens_details":{"cached_tokens":${cachedTokens}}}`;
}
