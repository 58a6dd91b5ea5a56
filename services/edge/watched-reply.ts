// A reply whose end is counted for its arm of a rollout: how long the client waited, and whether it got what it asked for. What
// the client itself did, and what its limits refused, counts for neither.

import type { Completed, Output, Resumed } from "#shared/messages/to-client.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal, RefusalCode } from "#shared/model/refusal.ts";
import type { ArmTally } from "./arm-tally.ts";
import type { Reply } from "./client-calls.ts";

export interface Watching {
  readonly tally: ArmTally;
  readonly nowMs: () => number;
  readonly onEnd: () => void;
  /** Behind everyone else: a deadline says nothing of it. */
  readonly isLast?: boolean;
}

/** What the platform failed to do. */
const failures: ReadonlySet<RefusalCode> = new Set([
  "engine_unavailable",
  "request_crashes_engine",
  "adapter_unavailable",
  "internal",
]);

export class WatchedReply implements Reply {
  readonly #reply: Reply;
  readonly #watching: Watching;
  readonly #beganAtMs: number;
  #firstAtMs: number | undefined;
  #lastAtMs = 0;
  /** What is read again says nothing of who runs now. */
  #isRepeated = false;

  constructor(reply: Reply, watching: Watching) {
    this.#reply = reply;
    this.#watching = watching;
    this.#beganAtMs = watching.nowMs();
  }

  admitted(limits: RateLimits): void {
    this.#reply.admitted(limits);
  }

  resumed(resumed: Resumed): void {
    this.#isRepeated = true;
    this.#reply.resumed?.(resumed);
  }

  output(output: Output): boolean {
    this.#lastAtMs = this.#watching.nowMs();
    this.#firstAtMs ??= this.#lastAtMs;
    return this.#reply.output(output);
  }

  bufferedBytes(): number {
    return this.#reply.bufferedBytes();
  }

  complete(completed: Completed): void {
    const { tally, onEnd } = this.#watching;
    const { promptTokens, cachedTokens, outputTokens } = completed;
    const first = this.#firstAtMs;
    onEnd();
    if (!this.#isRepeated) {
      tally.completed({
        promptTokens,
        cachedTokens,
        ttftMs: first === undefined ? undefined : first - this.#beganAtMs,
        tpotMs:
          first === undefined || outputTokens < 2
            ? undefined
            : (this.#lastAtMs - first) / (outputTokens - 1),
      });
    }
    this.#reply.complete(completed);
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    const { tally, onEnd, isLast = false } = this.#watching;
    onEnd();
    const { code } = refusal;
    const isFailure = failures.has(code) || (code === "deadline_passed" && !isLast);
    if (isFailure && !this.#isRepeated) tally.failed();
    this.#reply.fail(refusal, limits);
  }
}
