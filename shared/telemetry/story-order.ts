// One order for what several processes say, each by a clock of its own. A cause comes before its effect: where clocks
// say otherwise, they differ, and one process's notes move by as much. The edge, whose clock the client saw, stays.

import type { ToldNote } from "./story.ts";

/** First said, each, of one request: the second only ever follows the first. */
const causes: readonly (readonly [cause: string, effect: string])[] = [
  ["session.submitted", "queue.admitted"],
  ["queue.admitted", "session.admitted"],
  ["queue.offered", "router.offered"],
  ["router.granted", "queue.granted"],
  ["router.granted", "session.granted"],
  ["session.granted", "worker.started"],
  ["worker.started", "session.started"],
  ["worker.started", "session.first-token"],
];

/** Edge, queue, router, worker: a shift reaches the last of them in so many passes. */
const passes = 4;

export function inCausalOrder(notes: readonly ToldNote[]): readonly ToldNote[] {
  const shifts = new Map<string, number>();
  const edge = notes.find(({ event }) => event === "session.opened")?.process;
  const first = new Map<string, ToldNote>();
  for (const note of notes) {
    const standing = first.get(note.event);
    if (standing === undefined || note.nowMs < standing.nowMs) first.set(note.event, note);
  }
  const shiftOf = ({ process = "" }: ToldNote): number => shifts.get(process) ?? 0;
  const separate = (cause: ToldNote, effect: ToldNote): void => {
    const early = cause.nowMs + shiftOf(cause) - effect.nowMs - shiftOf(effect);
    if (early <= 0 || cause.process === effect.process) return;
    const isEdges = effect.process === edge;
    const { process = "" } = isEdges ? cause : effect;
    shifts.set(process, (shifts.get(process) ?? 0) + (isEdges ? -early : early));
  };
  for (let pass = 0; pass < passes; pass++) {
    for (const [cause, effect] of causes) {
      const [before, after] = [first.get(cause), first.get(effect)];
      if (before !== undefined && after !== undefined) separate(before, after);
    }
  }
  return notes
    .map((note) => (shiftOf(note) === 0 ? note : { ...note, nowMs: note.nowMs + shiftOf(note) }))
    .toSorted((a, b) => a.nowMs - b.nowMs || rankOf(a) - rankOf(b));
}

/** At the same moment causes stand first. */
const rankOf = ({ event }: ToldNote): number => ranks.get(event) ?? ranks.size;

const ranks: ReadonlyMap<string, number> = new Map(
  [...new Set(causes.flat())].map((event, rank) => [event, rank]),
);
