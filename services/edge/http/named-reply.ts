// The reply to a request that its client has named. It may be the first with that name, and is answered like any other; or the
// same was asked before: then it is answered as that was, under the same id, whole or from where the client lost it.

import type { Reply } from "#services/edge/client-calls.ts";
import type { Completed, Output, Resumed } from "#shared/messages/to-client.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Exchange } from "./http-exchange.ts";
import type { ReplySubject } from "./openai-format.ts";
import { SseStream } from "./sse-stream.ts";
import { WholeReply } from "./whole-reply.ts";

export interface NamedReplyOptions {
  readonly subject: ReplySubject;
  readonly isStreamed: boolean;
  /** The client has its beginning. */
  readonly isContinued: boolean;
}

export class NamedReply implements Reply {
  readonly #exchange: Exchange;
  readonly #options: NamedReplyOptions;
  #reply: Reply;

  constructor(exchange: Exchange, options: NamedReplyOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.#reply = this.#replyOf(options.subject);
  }

  #replyOf(subject: ReplySubject): Reply {
    const { isStreamed, isContinued } = this.#options;
    const exchange = { ...this.#exchange, requestId: subject.requestId };
    return isStreamed
      ? new SseStream(exchange, subject, isContinued)
      : new WholeReply(exchange, subject);
  }

  admitted(limits: RateLimits): void {
    this.#reply.admitted(limits);
  }

  /** Dated as it was the first time, so that a repeated reply is the same to the byte. */
  resumed({ requestId, arrivedAtEpochMs }: Resumed): void {
    const createdEpochS = Math.floor(arrivedAtEpochMs / 1000);
    this.#reply = this.#replyOf({ ...this.#options.subject, requestId, createdEpochS });
  }

  output(output: Output): boolean {
    return this.#reply.output(output);
  }

  bufferedBytes(): number {
    return this.#reply.bufferedBytes();
  }

  complete(completed: Completed): void {
    this.#reply.complete(completed);
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    this.#reply.fail(refusal, limits);
  }
}
