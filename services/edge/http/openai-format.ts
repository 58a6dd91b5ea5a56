// The texts of OpenAI's dialect: events of a stream, whole replies, errors. A stream's events differ only in
// their text, so all around it is made once per call and only the text is escaped per event.

import type { Completed } from "#shared/messages/to-client.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { OpenAiApi } from "./openai-fields.ts";
import { refusalStatus } from "#services/edge/refusal-status.ts";

export interface ReplySubject {
  readonly api: OpenAiApi;
  readonly requestId: RequestId;
  /** The model's name as the client wrote it. */
  readonly modelName: string;
  readonly createdEpochS: number;
  readonly includeUsage: boolean;
  /** What that name stood for. Absent: not known here. */
  readonly served?: string;
}

/** What surrounds the escaped text of an event. `first` opens the first event, which names the role. */
export interface EventFrame {
  readonly first: string;
  readonly prefix: string;
  readonly suffix: string;
}

export const doneEvent = "data: [DONE]\n\n";

export function eventFrame(subject: ReplySubject): EventFrame {
  const head = `data: ${eventHead(subject)},"choices":[{"index":0,`;
  const suffix = `,"logprobs":null,"finish_reason":null}]${usageMember(subject)}}\n\n`;
  return subject.api === "chat"
    ? {
        first: `${head}"delta":{"role":"assistant","content":`,
        prefix: `${head}"delta":{"content":`,
        suffix: `}${suffix}`,
      }
    : { first: `${head}"text":`, prefix: `${head}"text":`, suffix };
}

/** `isFirst`: there was no output before, so this event names the role. */
export function finishEvent(
  subject: ReplySubject,
  reason: Completed["reason"],
  isFirst: boolean,
): string {
  const role = isFirst ? '"role":"assistant","content":""' : "";
  const piece = subject.api === "chat" ? `"delta":{${role}}` : '"text":""';
  const choice = `{"index":0,${piece},"logprobs":null,"finish_reason":"${reason}"}`;
  return `data: ${eventHead(subject)},"choices":[${choice}]${usageMember(subject)}}\n\n`;
}

export const usageEvent = (subject: ReplySubject, completed: Completed): string =>
  `data: ${eventHead(subject)},"choices":[],"usage":${usageText(completed)}}\n\n`;

export const errorEvent = (refusal: Refusal): string => `data: ${errorText(refusal)}\n\n`;

/** A whole reply. */
export function replyText(subject: ReplySubject, text: string, completed: Completed): string {
  const escaped = JSON.stringify(text);
  const piece =
    subject.api === "chat"
      ? `"message":{"role":"assistant","content":${escaped},"refusal":null}`
      : `"text":${escaped}`;
  const choice = `{"index":0,${piece},"logprobs":null,"finish_reason":"${completed.reason}"}`;
  const object = subject.api === "chat" ? "chat.completion" : "text_completion";
  return `${headOf(subject, object)},"choices":[${choice}],"usage":${usageText(completed)}}`;
}

export function errorText(refusal: Refusal): string {
  const { type, code } = refusalStatus(refusal.code);
  const { message, param = null, detail } = refusal;
  return JSON.stringify({ error: { message, type, param, code, detail } });
}

function eventHead(subject: ReplySubject): string {
  return headOf(subject, subject.api === "chat" ? "chat.completion.chunk" : "text_completion");
}

function headOf(subject: ReplySubject, object: string): string {
  const id = `${subject.api === "chat" ? "chatcmpl" : "cmpl"}-${subject.requestId}`;
  return `{"id":"${id}","object":"${object}","created":${subject.createdEpochS},"model":${JSON.stringify(subject.modelName)}`;
}

/** Who asked for usage sees `null` in every event but the one that carries it. */
const usageMember = ({ includeUsage }: ReplySubject): string =>
  includeUsage ? ',"usage":null' : "";

function usageText({ promptTokens, cachedTokens, outputTokens }: Completed): string {
  const total = promptTokens + outputTokens;
  return `{"prompt_tokens":${promptTokens},"completion_tokens":${outputTokens},"total_tokens":${total},"prompt_tokens_details":{"cached_tokens":${cachedTokens}}}`;
}
