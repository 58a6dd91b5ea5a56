// No request crashes more than three engines, whatever gets lost between worker, session and router and whoever takes the
// pool over; and nobody but who did it is told that its request does. Two things do not count, for nobody could prevent them. A crash
// of an attempt that began before the third: it was let run when no more than two were known, and its worker, stopped or cut off,
// cannot be told to leave it. And a crash whose worker was killed before a word of it, or of its engine's silence, had got out.

import type { Address } from "#shared/actor/actor.ts";
import type { Checker, Outcome } from "#loadtest/simulation/checker.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { RequestId } from "#shared/model/ids.ts";

const crashesMax = 3;

interface SeenCrash {
  readonly process: string;
  readonly atMs: number;
  /** When its attempt began on that worker. */
  readonly beganAtMs: number;
  /** When somebody in another process first heard of it. */
  heardAtMs: number;
}

/** What says of an attempt that its engine died or is silent. */
interface Telling {
  readonly kind?: string;
  readonly requestId?: RequestId;
  readonly attempt?: number;
  readonly crash?: unknown;
  readonly isEngineSilent?: boolean;
}

const isTelling = ({ kind, crash, isEngineSilent }: Telling): boolean =>
  ((kind === "returned" || kind === "router-ended") && crash !== undefined) ||
  (kind === "alive" && isEngineSilent === true);

class Crashes {
  readonly #beganAtMs = new Map<string, number>();
  readonly #byAttempt = new Map<string, SeenCrash>();
  readonly #byRequest = new Map<string, SeenCrash[]>();

  began(requestId: RequestId, attempt: number, atMs: number): void {
    this.#beganAtMs.set(attemptKey(requestId, attempt), atMs);
  }

  crashed(process: string, requestId: RequestId, attempt: number, atMs: number): void {
    const key = attemptKey(requestId, attempt);
    const beganAtMs = this.#beganAtMs.get(key) ?? atMs;
    const crash = { process, atMs, beganAtMs, heardAtMs: Number.POSITIVE_INFINITY };
    this.#byAttempt.set(key, crash);
    const known = this.#byRequest.get(requestId);
    if (known === undefined) this.#byRequest.set(requestId, [crash]);
    else known.push(crash);
  }

  heard(process: string, { requestId, attempt }: Telling, atMs: number): void {
    if (requestId === undefined || attempt === undefined) return;
    const crash = this.#byAttempt.get(attemptKey(requestId, attempt));
    if (crash === undefined || crash.process === process) return;
    crash.heardAtMs = Math.min(crash.heardAtMs, atMs);
  }

  *tooMany(plan: Outcome["plan"]): Iterable<readonly [string, number]> {
    for (const [requestId, crashes] of this.#byRequest) {
      const knowable = crashes.filter((crash) => !diedWithItsWorker(crash, plan));
      const third = knowable[crashesMax - 1];
      if (third === undefined) continue;
      const after = knowable.slice(crashesMax).filter(({ beganAtMs }) => beganAtMs > third.atMs);
      if (after.length > 0) yield [requestId, crashesMax + after.length];
    }
  }
}

const diedWithItsWorker = (
  { process, atMs, heardAtMs }: SeenCrash,
  { faults }: Outcome["plan"],
): boolean =>
  faults.some(
    (fault) =>
      fault.kind === "kill" &&
      fault.process === process &&
      fault.atMs >= atMs &&
      fault.atMs < heardAtMs &&
      fault.atMs <= atMs + toldWithinMs,
  );

/** A silent engine is killed after twelve seconds, a beat more or less; a worker that has not said so by then is at fault. */
const toldWithinMs = 13_000;

export const atMostThreeCrashesByOneRequest: Checker = {
  name: "at-most-three-crashes-by-one-request",
  watch(report, worldMs) {
    const crashes = new Crashes();
    return {
      observer: {
        noted(process, { event, fields }) {
          const isCrash = event === "engine.crashed" || event === "engine.hung";
          if (!isCrash && event !== "worker.started") return;
          const requestId = String(fields["requestId"]) as RequestId;
          const attempt = Number(fields["attempt"]);
          if (isCrash) crashes.crashed(process, requestId, attempt, worldMs());
          else crashes.began(requestId, attempt, worldMs());
        },
        received(process: string, _self: Address, { arrival }) {
          const telling = arrival.message as Telling;
          if (isTelling(telling)) crashes.heard(process, telling, worldMs());
        },
      },
      judge({ plan, histories }) {
        for (const [requestId, times] of crashes.tooMany(plan)) {
          report(`${requestId} crashed ${times} engines`);
        }
        for (const { request, end } of histories.values()) {
          const isAccused = end?.kind === "failed" && end.refusal.code === "request_crashes_engine";
          if (isAccused && request.isPoison !== true) {
            report(`${request.requestId} is told that it crashes engines, and does not`);
          }
        }
      },
    };
  },
};
