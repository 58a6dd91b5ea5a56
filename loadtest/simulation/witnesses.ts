// Which requests ended on a worker that has lived since: it is a witness of theirs, whatever became of their edge.

import type { NoteRecord } from "#shared/actor/host.ts";
import type { FaultPlan } from "./fault-plan.ts";

/** One attempt's end, in one life of its worker. */
interface Ending {
  readonly attempt: number;
  readonly worker: string;
  readonly life: number;
  readonly startedAtMs: number;
  /** Since when its output is kept. Undefined: it runs, or was given up for a next attempt. */
  keptSinceMs: number | undefined;
}

/**
 * A worker keeps an output for half a minute, and hears within that time that an edge is gone: once its lease has run out and the news is
 * through, whatever is cut off meanwhile.
 */
const knownWithinMs = 10_000;

const keptOutcomes: ReadonlySet<unknown> = new Set(["stop", "length", "cancelled"]);

export class Witnesses {
  readonly #worldMs: () => number;
  readonly #lifeNumbers = new Map<string, number>();
  /** Of the highest attempt that ever started. */
  readonly #last = new Map<string, Ending>();
  /** Of all attempts, as they started: numbers begin anew where the whole house has forgotten a request. */
  readonly #all = new Map<string, Ending[]>();

  constructor(worldMs: () => number) {
    this.#worldMs = worldMs;
  }

  noted({ event, fields }: NoteRecord): void {
    const worker = String(fields["worker"]);
    if (event === "worker.placed" || event === "worker.fenced") {
      this.#lifeNumbers.set(worker, this.#lifeOf(worker) + 1);
    }
    const request = String(fields["requestId"]);
    const attempt = Number(fields["attempt"]);
    if (event === "worker.started") this.#started(request, attempt, worker);
    if (event === "worker.ended") this.#ended(request, attempt, fields["outcome"]);
  }

  /** `lostAtMs`: when the edge's account was lost. */
  has(requestId: string, lostAtMs: number): boolean {
    return this.#lives(this.#last.get(requestId), lostAtMs);
  }

  /** Of what was given until then: the attempt that ran at that time. One that had been given up kept nothing. */
  hadAt(requestId: string, lostAtMs: number): boolean {
    const started = this.#all.get(requestId)?.filter(({ startedAtMs }) => startedAtMs <= lostAtMs);
    return this.#lives(started?.at(-1), lostAtMs);
  }

  /** The worker that ran it last was killed since: what it had still to say of it, it cannot. */
  hasDied(requestId: string, { faults }: FaultPlan): boolean {
    const { worker, startedAtMs = Infinity } = this.#last.get(requestId) ?? {};
    return faults.some(
      (fault) => fault.kind === "kill" && fault.process === worker && fault.atMs >= startedAtMs,
    );
  }

  #lives(ending: Ending | undefined, lostAtMs: number): boolean {
    const { worker, life, keptSinceMs } = ending ?? {};
    if (worker === undefined || keptSinceMs === undefined) return false;
    return life === this.#lifeOf(worker) && lostAtMs - keptSinceMs <= knownWithinMs;
  }

  #started(request: string, attempt: number, worker: string): void {
    const [life, startedAtMs] = [this.#lifeOf(worker), this.#worldMs()];
    const ending: Ending = { attempt, worker, life, startedAtMs, keptSinceMs: undefined };
    this.#all.set(request, [...(this.#all.get(request) ?? []), ending]);
    if (attempt >= (this.#last.get(request)?.attempt ?? 0)) this.#last.set(request, ending);
  }

  #ended(request: string, attempt: number, outcome: unknown): void {
    const last = this.#last.get(request);
    if (last?.attempt !== attempt) return;
    last.keptSinceMs = keptOutcomes.has(outcome) ? this.#worldMs() : undefined;
  }

  #lifeOf(worker: string): number {
    return this.#lifeNumbers.get(worker) ?? 0;
  }
}
