// A streamed reply: server-sent events, one event per write, each with the id from which a client can read on. 200 is committed with the first output, so what
// fails before is a status and what fails after is an error event and a closed socket. Never a clean end
// without a finish reason and `[DONE]`, or without an error.

import type { Completed, Output } from "#shared/messages/to-client.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Reply } from "#services/edge/client-calls.ts";
import type { Exchange } from "./http-exchange.ts";
import { boundSlowReader, closeAfterwards, replyHeaders, sendRefusal } from "./http-exchange.ts";
import type { EventFrame, ReplySubject } from "./openai-format.ts";
import { doneEvent, errorEvent, eventFrame, finishEvent, usageEvent } from "./openai-format.ts";

export class SseStream implements Reply {
  readonly #exchange: Exchange;
  readonly #subject: ReplySubject;
  /** The client has its beginning, the role included. */
  readonly #isContinued: boolean;
  #frame: EventFrame | undefined;
  #limits: RateLimits | undefined;

  constructor(exchange: Exchange, subject: ReplySubject, isContinued: boolean = false) {
    this.#exchange = exchange;
    this.#subject = subject;
    this.#isContinued = isContinued;
  }

  admitted(limits: RateLimits): void {
    this.#limits = limits;
  }

  output({ text, index }: Output): boolean {
    const { response } = this.#exchange;
    const escaped = JSON.stringify(text);
    if (this.#frame !== undefined) {
      return response.write(`id: ${index}\n${this.#frame.prefix}${escaped}${this.#frame.suffix}`);
    }
    this.#frame = eventFrame(this.#subject);
    this.#begin();
    const head = this.#isContinued ? this.#frame.prefix : this.#frame.first;
    return response.write(`id: ${index}\n${head}${escaped}${this.#frame.suffix}`);
  }

  bufferedBytes(): number {
    return this.#exchange.response.writableLength;
  }

  complete(completed: Completed): void {
    const { response } = this.#exchange;
    const isFirst = this.#frame === undefined;
    if (isFirst) this.#begin();
    const namesRole = isFirst && !this.#isContinued;
    response.write(finishEvent(this.#subject, completed.reason, namesRole));
    if (this.#subject.includeUsage) response.write(usageEvent(this.#subject, completed));
    response.end(doneEvent);
    boundSlowReader(this.#exchange);
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    const { response } = this.#exchange;
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) {
      sendRefusal(this.#exchange, refusal, limits);
      return;
    }
    closeAfterwards(this.#exchange);
    response.end(errorEvent(refusal));
  }

  #begin(): void {
    const headers = replyHeaders(this.#exchange, this.#limits);
    headers.push("content-type", "text/event-stream; charset=utf-8");
    headers.push("cache-control", "no-cache", "x-accel-buffering", "no");
    this.#exchange.response.writeHead(200, headers);
  }
}
