// A reply whose end is counted for its arm of a rollout: how long it took from its place in a pool on, and whether the client got
// what it asked for. What the client itself did, what its limits refused and how long they made it wait, counts for neither.

import type { Completed, Output, Resumed } from "#shared/messages/to-client.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal, RefusalCode } from "#shared/model/refusal.ts";
import type { ArmTally } from "./arm-tally.ts";
import type { Reply } from "./client-calls.ts";

export interface Watching {
  readonly tally: ArmTally;
  readonly nowMs: () => number;
  /** Asked once, at the admission. False: its tenant has enough of the evidence already. Absent: it counts. */
  readonly mayCount?: () => boolean;
  /** Once, when it is known to run for itself: neither refused nor another's stream read again. */
  readonly onCounted?: () => void;
  readonly onEnd: () => void;
  /** The caller's own deadline, or behind everyone else: that it has passed says nothing. */
  readonly isDeadlineMoot?: boolean;
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
  /** Undefined: not known yet. */
  #counts: boolean | undefined;
  #hasCrashed = false;
  #grantedAtMs: number | undefined;
  #firstAtMs: number | undefined;
  #lastAtMs = 0;
  /** The time between its tokens was the client's. */
  #wasFull = false;

  constructor(reply: Reply, watching: Watching) {
    this.#reply = reply;
    this.#watching = watching;
  }

  /** It has a place. Its tenant's limits and queue are behind it; what follows is the version's. The first time counts. */
  granted(atMs: number): void {
    this.#grantedAtMs ??= atMs;
  }

  /** Once for a request, however often it is tried: one that no engine survives is no burst. */
  crashed(): void {
    if (this.#hasCrashed) return;
    this.#hasCrashed = true;
    if (this.#counts === true) this.#watching.tally.crashed();
  }

  admitted(limits: RateLimits): void {
    this.#count();
    this.#reply.admitted(limits);
  }

  /** It is one that was counted before, read again or run again: it says nothing, and has no copy. */
  repeated(): void {
    this.#counts ??= false;
  }

  resumed(resumed: Resumed): void {
    // What is read again says nothing of who runs now.
    this.#counts = false;
    this.#reply.resumed?.(resumed);
  }

  output(output: Output): boolean {
    // A grant may overtake the word of its admission.
    this.#count();
    this.#lastAtMs = this.#watching.nowMs();
    this.#firstAtMs ??= this.#lastAtMs;
    const takesMore = this.#reply.output(output);
    if (!takesMore) this.#wasFull = true;
    return takesMore;
  }

  bufferedBytes(): number {
    return this.#reply.bufferedBytes();
  }

  complete(completed: Completed): void {
    this.#count();
    this.#watching.onEnd();
    if (this.#counts === true) this.#countCompleted(completed);
    this.#reply.complete(completed);
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    const { tally, onEnd, isDeadlineMoot = false } = this.#watching;
    onEnd();
    const { code } = refusal;
    const isFailure = failures.has(code) || (code === "deadline_passed" && !isDeadlineMoot);
    if (isFailure && this.#counts === true) tally.failed();
    this.#reply.fail(refusal, limits);
  }

  gone(): void {
    this.#watching.onEnd();
    this.#reply.gone?.();
  }

  #count(): void {
    if (this.#counts !== undefined) return;
    const { tally, onCounted, mayCount } = this.#watching;
    this.#counts = mayCount?.() ?? true;
    if (!this.#counts) return;
    tally.began();
    if (this.#hasCrashed) tally.crashed();
    onCounted?.();
  }

  #countCompleted({ promptTokens, cachedTokens, outputTokens }: Completed): void {
    const first = this.#firstAtMs;
    const granted = this.#grantedAtMs;
    const isPaced = first !== undefined && outputTokens >= 2 && !this.#wasFull;
    this.#watching.tally.completed({
      promptTokens,
      cachedTokens,
      ttftMs: first === undefined || granted === undefined ? undefined : first - granted,
      tpotMs: isPaced ? (this.#lastAtMs - first) / (outputTokens - 1) : undefined,
    });
  }
}
