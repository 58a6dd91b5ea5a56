// What a session tells the device that holds the client's socket. The device only formats and writes.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Fields } from "./fields.ts";

export type ToClient = Admitted | Resumed | Output | Completed | Failed;

/** The tenant's queue took the request; the limits are known from here on. */
export interface Admitted {
  readonly kind: "admitted";
  readonly limits: RateLimits;
}

/** The stream is found and goes on; its output follows. `replyTerms` as the door wrote them that took the request, empty if it wrote none. */
export interface Resumed {
  readonly kind: "resumed";
  /** Of the stream. */
  readonly requestId: RequestId;
  readonly replyTerms: string;
  readonly model: string;
  readonly arrivedAtEpochMs: number;
}

/** Text to deliver, never empty. `outputTokens` is how many tokens have been delivered with it, in all. */
export interface Output {
  readonly kind: "output";
  readonly text: string;
  readonly outputTokens: number;
  /** A client that says it has everything up to here gets exactly what follows: the last token read so far, one more once the output is whole. */
  readonly index: number;
}

/** The end of a whole output. */
export interface Completed {
  readonly kind: "completed";
  readonly reason: "stop" | "length";
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

/** The end without a whole output: a status if nothing was sent yet, an error event if something was. */
export interface Failed {
  readonly kind: "failed";
  readonly refusal: Refusal;
  readonly limits?: RateLimits;
}

export const toClient = (client: Address, message: ToClient): Send => send(client, message);

export const toClientFields: Fields<ToClient> = {
  admitted: { limits: "object" },
  resumed: {
    requestId: "string",
    replyTerms: "string",
    model: "string",
    arrivedAtEpochMs: "number",
  },
  output: { text: "string", outputTokens: "number", index: "number" },
  completed: {
    reason: "string",
    promptTokens: "number",
    cachedTokens: "number",
    outputTokens: "number",
  },
  failed: { refusal: "object", limits: "object?" },
};
