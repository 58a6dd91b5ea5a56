// The reply to a client that reads a stream on: written as the door that took the request would have gone on, in its
// dialect and under its id. Until the stream is found every failure is a status.

import type { Reply } from "#services/edge/client-calls.ts";
import type { Completed, Output, Resumed } from "#shared/messages/to-client.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Exchange } from "./http-exchange.ts";
import { sendRefusal } from "./http-exchange.ts";
import type { ReplySubject } from "./openai-format.ts";
import { SseStream } from "./sse-stream.ts";

/** What the next door has to know. */
type ReplyTerms = Omit<ReplySubject, "requestId">;

export const writeReplyTerms = ({
  api,
  modelName,
  createdEpochS,
  includeUsage,
  served,
}: ReplySubject): string => {
  const terms: ReplyTerms = { api, modelName, createdEpochS, includeUsage };
  return JSON.stringify(served === undefined ? terms : { ...terms, served });
};

/** A request that came through another kind of door is told as a completion, with its usage. */
function readReplyTerms({ replyTerms, model, arrivedAtEpochMs }: Resumed): ReplyTerms {
  if (replyTerms !== "") return JSON.parse(replyTerms) as ReplyTerms;
  const createdEpochS = Math.floor(arrivedAtEpochMs / 1000);
  return { api: "completions", modelName: model, createdEpochS, includeUsage: true };
}

export class ResumedStream implements Reply {
  readonly #exchange: Exchange;
  readonly #requestId: RequestId;
  readonly #isContinued: boolean;
  #stream: SseStream | undefined;

  /** `isContinued`: the client has some of it already. */
  constructor(exchange: Exchange, requestId: RequestId, isContinued: boolean) {
    this.#exchange = exchange;
    this.#requestId = requestId;
    this.#isContinued = isContinued;
  }

  admitted(limits: RateLimits): void {
    this.#stream?.admitted(limits);
  }

  resumed(resumed: Resumed): void {
    const requestId = this.#requestId;
    const subject = { requestId, ...readReplyTerms(resumed) };
    const { served } = subject;
    const notice = served === undefined ? undefined : { served, deprecation: [] };
    const exchange = { ...this.#exchange, requestId, notice };
    this.#stream = new SseStream(exchange, subject, this.#isContinued);
  }

  output(output: Output): boolean {
    return this.#stream?.output(output) ?? true;
  }

  bufferedBytes(): number {
    return this.#exchange.response.writableLength;
  }

  complete(completed: Completed): void {
    this.#stream?.complete(completed);
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    if (this.#stream !== undefined) this.#stream.fail(refusal, limits);
    else if (!this.#exchange.response.destroyed) sendRefusal(this.#exchange, refusal, limits);
  }
}
