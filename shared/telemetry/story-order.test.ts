import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import { inCausalOrder } from "./story-order.ts";
import type { ToldNote } from "./story.ts";

const said = (process: string, nowMs: number, event: string): ToldNote => ({
  kind: "note",
  process,
  nowMs,
  event,
  actor: "x/y" as Address,
  fields: {},
});

/** As it was, by one clock. */
const story: readonly ToldNote[] = [
  said("edge", 100, "session.opened"),
  said("edge", 101, "session.submitted"),
  said("control", 102, "queue.admitted"),
  said("edge", 103, "session.admitted"),
  said("control", 104, "queue.offered"),
  said("other", 105, "router.offered"),
  said("other", 106, "router.granted"),
  said("control", 107, "queue.granted"),
  said("edge", 108, "session.granted"),
  said("worker", 110, "worker.started"),
  said("edge", 111, "session.started"),
  said("worker", 112, "engine.freed"),
];

/** But for the engine's, which nothing answers. */
const events = (notes: readonly ToldNote[]): readonly string[] =>
  notes.map(({ event }) => event).filter((event) => event !== "engine.freed");

const wrongBy = (clocks: Readonly<Record<string, number>>): readonly ToldNote[] =>
  story
    .map((note) => ({ ...note, nowMs: note.nowMs + (clocks[note.process ?? ""] ?? 0) }))
    .toReversed();

test("clocks that agree are believed, to the microsecond", () => {
  assert.deepEqual(inCausalOrder(story.toReversed()), story);
});

for (const clocks of [
  { control: -5 },
  { control: 7 },
  { worker: -60_000 },
  { worker: 60_000 },
  { control: -3, other: 40, worker: -9 },
  { control: 50, other: -40, worker: 3 },
]) {
  test(`causes come before effects where clocks are wrong: ${JSON.stringify(clocks)}`, () => {
    const told = inCausalOrder(wrongBy(clocks));
    assert.deepEqual(events(told), events(story));
    assert.equal(told.find(({ event }) => event === "session.opened")?.nowMs, 100);
  });
}

test("what only one process told is left as it is", () => {
  const alone = story.filter(({ process }) => process === "worker");
  assert.deepEqual(inCausalOrder(alone), alone);
});
