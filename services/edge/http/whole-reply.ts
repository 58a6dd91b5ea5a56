// A reply in one piece: gathers the output and answers when it is complete. Until then nothing is committed,
// so every failure is a status, and a client that leaves cancels as it would a stream.

import type { Completed, Output } from "#shared/messages/to-client.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Reply } from "#services/edge/client-calls.ts";
import type { Exchange } from "./http-exchange.ts";
import { sendJson, sendRefusal } from "./http-exchange.ts";
import type { ReplySubject } from "./openai-format.ts";
import { replyText } from "./openai-format.ts";

export class WholeReply implements Reply {
  readonly #exchange: Exchange;
  readonly #subject: ReplySubject;
  #text = "";
  #limits: RateLimits | undefined;

  constructor(exchange: Exchange, subject: ReplySubject) {
    this.#exchange = exchange;
    this.#subject = subject;
  }

  admitted(limits: RateLimits): void {
    this.#limits = limits;
  }

  /** Never full: the context bounds the whole output. */
  output({ text }: Output): boolean {
    this.#text += text;
    return true;
  }

  bufferedBytes(): number {
    return 0;
  }

  complete(completed: Completed): void {
    const text = replyText(this.#subject, this.#text, completed);
    sendJson(this.#exchange, { status: 200, text, limits: this.#limits });
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    const { response } = this.#exchange;
    if (response.destroyed || response.headersSent) return;
    sendRefusal(this.#exchange, refusal, limits);
  }
}
