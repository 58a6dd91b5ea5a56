// The attempt of a request that a worker runs. Whoever takes its stream over, and a queue's new owner, hear of it by the
// same notes by which another would ask for a place: of an attempt that runs these say no wait.

import type { NoteRecord } from "#shared/actor/host.ts";

const starts: ReadonlySet<string> = new Set(["worker.started", "session.resumed"]);
const ends: ReadonlySet<string> = new Set(["session.attempt-lost", "session.runs-again"]);
const onTheWay: ReadonlySet<string> = new Set([
  "session.submitted",
  "session.admitted",
  "queue.admitted",
  "queue.restored",
  "queue.offered",
  "router.offered",
]);

export class StartedAttempt {
  #attempt: number | undefined;

  hear({ event, fields }: NoteRecord): void {
    if (ends.has(event)) this.#attempt = undefined;
    if (starts.has(event)) this.#attempt = Number(fields["attempt"] ?? 1);
  }

  /** On the way to a worker that has it already. */
  isPast({ event, fields }: NoteRecord): boolean {
    if (this.#attempt === undefined || !onTheWay.has(event)) return false;
    return Number(fields["attempt"] ?? this.#attempt) <= this.#attempt;
  }
}
