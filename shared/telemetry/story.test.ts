import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, Note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { RequestStories } from "./request-stories.ts";
import { sentenceOf } from "./story-sentences.ts";
import { summarise, tellStory } from "./story.ts";

const said = (nowMs: number, event: string, fields: Note["fields"] = {}): NoteRecord => ({
  kind: "note",
  event,
  fields: { requestId: "r1", ...fields },
  actor: `${event.split(".")[0]}/x` as Address,
  nowMs,
});

const failedOver: readonly NoteRecord[] = [
  said(100, "session.opened", { model: "m", adapterDigest: "c7d7", promptTokens: 12, attempt: 1 }),
  said(100.1, "session.submitted", { attempt: 1, tenant: "acme" }),
  said(100.4, "queue.admitted", { tenant: "acme", pool: "p", position: 0 }),
  said(100.5, "queue.offered", { attempt: 1, startTag: 0, finishTag: 9 }),
  said(101, "router.passed-over", { why: "no blocks" }),
  said(105, "router.passed-over", { why: "adapter loading" }),
  said(110.25, "router.granted", { worker: "w-1", blocks: 9, waitedMs: 9.75, attempt: 1 }),
  said(110.5, "session.granted", { worker: "w-1", attempt: 1 }),
  said(111, "worker.started", { worker: "w-1", attempt: 1 }),
  said(140, "session.first-token", { ttftMs: 40, worker: "w-1" }),
  said(200, "session.attempt-lost", { attempt: 1, reason: "stalled", worker: "w-1" }),
  said(200.1, "session.submitted", { attempt: 2 }),
  said(200.2, "queue.offered", { attempt: 2 }),
  said(201, "router.granted", { worker: "w-2", blocks: 12, attempt: 2 }),
  said(201.5, "session.granted", { worker: "w-2", attempt: 2 }),
  said(202, "worker.started", { worker: "w-2", attempt: 2 }),
  said(260, "session.finished", {
    outcome: "stop",
    outputTokens: 40,
    e2eMs: 160,
    ttftMs: 40,
    model: "m",
  }),
];

const tell = (notes: readonly NoteRecord[]) =>
  tellStory("r1", { notes: [...notes], omitted: 0 }, 1e12);

test("a story says who asked, how it ended, who ran it, and with how many blocks", () => {
  const { stages, waits, ...rest } = tell(failedOver);
  assert.deepEqual(rest, {
    requestId: "r1",
    tenant: "acme",
    model: "m",
    adapterDigest: "c7d7",
    pool: "p",
    state: "ended",
    outcome: "stop",
    arrivedAtEpochMs: 1e12 + 100,
    attempts: 2,
    promptTokens: 12,
    outputTokens: 40,
    ttftMs: 40,
    e2eMs: 160,
    kvBlocks: 12,
    workers: ["w-1", "w-2"],
    omittedStages: 0,
  });
  assert.equal(stages.length, failedOver.length);
  assert.equal(stages[2]?.what, "admitted by the tenant's queue");
  assert.ok(waits.length > 0);
  assert.deepEqual(stages[6], {
    atEpochMs: 1e12 + 110.25,
    sinceArrivalMs: 10.25,
    actor: "router/x",
    event: "router.granted",
    what: "granted w-1 and 9 KV blocks after 9.75 ms",
    fields: { requestId: "r1", worker: "w-1", blocks: 9, waitedMs: 9.75, attempt: 1 },
  });
});

test("a story that was read again keeps the times that the request had", () => {
  const readAgain = [
    ...failedOver,
    said(9000, "session.resumed", { worker: "w-2", after: 3 }),
    said(9001, "session.replayed", { outcome: "stop", outputTokens: 40, e2eMs: 1, queueMs: 0 }),
  ];
  const { e2eMs, queueMs, stages } = tell(readAgain);
  assert.deepEqual([e2eMs, queueMs], [160, tell(failedOver).queueMs]);
  assert.equal(stages.at(-1)?.what, "read again: 40 tokens, stop");
});

/** Under its key, while it ran: the first note after the takeover tells the queue who has it now. */
const takenOver: readonly NoteRecord[] = [
  said(0, "session.opened", { model: "m", promptTokens: 1, attempt: 1 }),
  said(0.1, "session.submitted", { attempt: 1 }),
  said(0.3, "queue.admitted", { attempt: 1, pool: "p" }),
  said(0.4, "queue.offered", { attempt: 1 }),
  said(4, "router.granted", { worker: "w-1", blocks: 9, attempt: 1 }),
  said(5, "session.granted", { worker: "w-1", attempt: 1 }),
  said(6, "worker.started", { worker: "w-1", attempt: 1 }),
  said(7, "session.started", { worker: "w-1", attempt: 1, queueMs: 7 }),
  said(16, "session.first-token", { attempt: 1, ttftMs: 16, queueMs: 7 }),
  ...[
    said(700, "session.opened", { model: "m", promptTokens: 1, attempt: 1 }),
    said(702, "session.resumed", { worker: "w-1", attempt: 1, after: 20 }),
    said(702, "session.submitted", { attempt: 1 }),
    said(900, "queue.restored", { attempt: 1, place: "running" }),
  ].map((told): NoteRecord => ({ ...told, actor: "session/y" as Address })),
];
const endOfTaken: NoteRecord = {
  ...said(1216, "session.finished", {
    outcome: "length",
    outputTokens: 201,
    queueMs: 0,
    e2eMs: 516,
  }),
  actor: "session/y" as Address,
};

test("a request that another session took over waited for nothing again, and its times are all of it", () => {
  const { waits, queueMs, ttftMs, tpotMs, e2eMs } = tell([...takenOver, endOfTaken]);
  assert.deepEqual(
    waits.map(({ where, ms }) => [where, ms]),
    [
      ["admission", 0.2],
      ["tenant queue", 0.1],
      ["router", 3.6],
      ["start", 1],
      ["prefill", 10],
    ],
  );
  assert.deepEqual([queueMs, ttftMs, tpotMs, e2eMs], [7, 16, 6, 1216]);
  const notes = [...takenOver, endOfTaken];
  assert.equal(summarise("r1", { notes, omitted: 0 }, 0).e2eMs, 1216);
  assert.equal(tell(takenOver).state, "running");
});

test("what was taken over and then lost waits again", () => {
  const lost = [
    ...takenOver,
    said(1000, "session.attempt-lost", { attempt: 1, reason: "stalled" }),
    said(1000.5, "session.submitted", { attempt: 2 }),
  ];
  assert.equal(tell(lost).state, "waiting");
  assert.deepEqual(tell([...lost, said(1001.5, "queue.offered", { attempt: 2 })]).waits.at(-2), {
    where: "admission",
    why: "the tenant's queue had not answered yet",
    sinceArrivalMs: 1000.5,
    ms: 1,
  });
});

test("a story says where the request waited, how long, and why", () => {
  assert.deepEqual(
    tell(failedOver).waits.map(({ where, ms, why }) => [where, ms, why]),
    [
      ["admission", 0.3, "the tenant's queue had not answered yet"],
      ["tenant queue", 0.1, "the tenant's own limits and order"],
      ["router", 9.75, "no blocks, adapter loading"],
      ["start", 0.5, "the prompt was on its way to the worker"],
      ["prefill", 29, "the engine computed the prompt, beside what else was in its steps"],
      ["admission", 0.1, "the tenant's queue had not answered yet"],
      ["router", 0.8, "its turn among the tenants and a free place"],
      ["start", 0.5, "the prompt was on its way to the worker"],
      ["prefill", 58, "the engine computed the prompt, beside what else was in its steps"],
    ],
  );
});

test("a preemption is a wait once its end is known", () => {
  const run = [
    said(0, "worker.started", { worker: "w-1" }),
    said(5, "session.first-token"),
    said(10, "worker.preempted"),
  ];
  const ended = said(90, "session.finished", { outcome: "stop" });
  const preempted = (notes: readonly NoteRecord[]) =>
    tell(notes)
      .waits.filter(({ where }) => where === "preempted")
      .map(({ ms }) => ms);
  assert.deepEqual(preempted([...run, said(30, "worker.resumed"), ended]), [20]);
  assert.deepEqual(preempted([...run, ended]), []);
});

test("a preemption says what it costs", () => {
  const told = { by: "router", recomputeTokens: 100, recomputeMs: 2.1, swapMs: 0.5 };
  const taken = "preempted by its router: its KV blocks were taken back";
  const costs = "100 tokens to compute again, 2.1 ms (a swap: 0.5 ms)";
  assert.equal(sentenceOf("worker.preempted", told), `${taken}; ${costs}`);
  assert.equal(sentenceOf("worker.preempted", { by: "router" }), taken);
});

test("a story that is not over says where it is", () => {
  const upTo = (count: number) => tell(failedOver.slice(0, count));
  assert.equal(upTo(1).state, "arriving");
  assert.equal(upTo(5).state, "waiting");
  assert.deepEqual(upTo(5).waits.at(-1), {
    where: "router",
    why: "no blocks",
    sinceArrivalMs: 0.5,
    ms: 0.5,
    isOpen: true,
  });
  assert.equal(upTo(9).state, "running");
  assert.equal(upTo(11).state, "waiting");
});

test("a refused request has its code for an outcome", () => {
  const notes = [said(0, "edge.refused", { code: "unauthenticated", door: "http" })];
  assert.deepEqual(summarise("r1", { notes, omitted: 0 }, 0), {
    requestId: "r1",
    state: "ended",
    outcome: "unauthenticated",
    arrivedAtEpochMs: 0,
    attempts: 0,
  });
});

test("stories are bounded in number, in length and over all, and the oldest goes first", () => {
  const stories = new RequestStories({ storiesMax: 3, notesPerStoryMax: 10, notesMax: 24 });
  for (let index = 0; index < 100; index++) stories.add("long", said(index, "session.stale"));
  const long = stories.find("long");
  assert.equal(long?.omitted, 90);
  assert.deepEqual(
    long?.notes.map(({ nowMs }) => nowMs),
    [0, 1, 2, 3, 4, 5, 96, 97, 98, 99],
  );
  for (const id of ["b", "c", "d"]) stories.add(id, said(0, "session.opened"));
  assert.deepEqual(
    [...stories.newestFirst()].map(([id]) => id),
    ["d", "c", "b"],
  );
  for (const id of ["c", "d"]) {
    for (let index = 0; index < 12; index++) stories.add(id, said(index, "session.stale"));
  }
  assert.equal(stories.find("b") === undefined, false);
  assert.equal(stories.evictedCount, 1);
  for (let index = 0; index < 9; index++) stories.add("e", said(index, "session.stale"));
  assert.deepEqual(
    [...stories.newestFirst()].map(([id]) => id),
    ["e", "d"],
  );
});
