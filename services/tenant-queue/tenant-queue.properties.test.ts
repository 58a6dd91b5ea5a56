// Laws of the whole queue under random schedules: limits hold in any minute, concurrency holds at any moment, the
// same arrivals give the same effects, and once every session has finished nothing is left, whatever was lost,
// repeated or reordered on the way.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Effect } from "#shared/actor/actor.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { pass, runCommand, startScriptedQueue, tellCommand } from "./scripted-queue.ts";
import type { ScriptedQueue } from "./scripted-queue.ts";

const limits = { rpm: 12, tpm: 3000, concurrency: 3, queue: 6 };
const placed = `placed ${Object.entries(limits)
  .map(([name, value]) => `${name}=${value}`)
  .join(" ")}`;

const requestIds = ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"];
const requestId = fc.constantFrom(...requestIds);
const attempt = fc.integer({ min: 1, max: 3 });
const tokens = fc.integer({ min: 1, max: 400 });

const submit = fc
  .tuple(requestId, attempt, tokens, tokens, fc.constantFrom("main", "other"))
  .map(
    ([id, number, prompt, max, pool]) =>
      `submit ${id} attempt=${number} prompt=${prompt} max=${max} pool=${pool}`,
  );
const word = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("granted", "voided"),
      requestId,
      attempt,
      fc.constantFrom("main", "other"),
    )
    .map(([verb, id, number, pool]) => `${verb} ${id} attempt=${number} pool=${pool}`),
  fc
    .tuple(fc.constantFrom("progress", "ended"), requestId, attempt, fc.nat(100))
    .map(
      ([verb, id, number, output]) => `${verb} ${id} attempt=${number} prefill=50 output=${output}`,
    ),
  fc.tuple(requestId, attempt).map(([id, number]) => `ended ${id} returned attempt=${number}`),
);
const over = fc.oneof(
  fc
    .tuple(requestId, attempt, fc.nat(100))
    .map(([id, number, output]) => `finished ${id} attempt=${number} output=${output}`),
  requestId.map((id) => `cancel ${id}`),
);
const time = fc.oneof(
  fc.integer({ min: 0, max: 900 }).map((ms) => `wait ${ms}`),
  fc.constant("wait 20000"),
  fc.constant(`renew ${requestIds.join(" ")}`),
  fc.integer({ min: 1, max: 4 }).map((epoch) => `pool-owner-changed main pool-epoch=${epoch}`),
  fc.integer({ min: 1, max: 5 }).map((max) => `policy rpm=12 tpm=3000 queue=6 concurrency=${max}`),
);
const epoch = fc.integer({ min: 5, max: 7 });
const takeover = fc.oneof(
  epoch.map(
    (each) => `placed epoch=${each} edges=e1,e2 workers=w1 pools=main concurrency=3 queue=6`,
  ),
  fc
    .tuple(epoch, fc.constantFrom("e1", "e2"), fc.nat(3))
    .map(
      ([each, edge, count]) =>
        `edge-holds ${edge} epoch=${each} sessions=${count} admissions=3:2:90`,
    ),
  fc
    .tuple(epoch, requestId, requestId, attempt)
    .map(
      ([each, a, b, number]) =>
        `worker-holds w1 ${a} ${b} epoch=${each} attempt=${number} output=3`,
    ),
  epoch.map((each) => `router-dropped main epoch=${each}`),
  fc
    .tuple(epoch, requestId, attempt)
    .map(([each, id, number]) => `granted ${id} epoch=${each} attempt=${number}`),
  fc
    .tuple(requestId, attempt, fc.constantFrom("", "on=w1", "delivered=7", "delivered=7 on=w1"))
    .map(([id, number, more]) => `submit ${id} admitted attempt=${number} age=900 ${more}`),
);
const line = fc.oneof(
  { weight: 4, arbitrary: submit },
  { weight: 5, arbitrary: word },
  { weight: 2, arbitrary: takeover },
  over,
  time,
);
const lines = fc.array(line, { maxLength: 150, size: "max" });

function retell(story: readonly string[]): string[] {
  const script = startScriptedQueue(5000);
  return [placed, ...story].flatMap((each) => runCommand(script, each));
}

/** Counts that are kept beside the places must be what the places say. */
function checkCounts({ queue }: ScriptedQueue): void {
  const all = [...queue.reservations.values()];
  const at = (...places: readonly string[]): number =>
    all.filter(({ place }) => places.includes(place)).length;
  assert.equal(queue.slots, all.filter(({ hasSlot }) => hasSlot).length, "slots");
  assert.equal(queue.ungranted, at("waiting", "offered"), "ungranted");
  assert.equal(at("outside"), 0, "nothing is nowhere");
  const waiting = [...queue.lanes.values()].reduce(
    (sum, lane) => sum + lane.waiting.heap.length,
    0,
  );
  const offered = [...queue.lanes.values()].flatMap((lane) => [...lane.offered.values()]);
  assert.equal(waiting, at("waiting"), "waiting lists");
  assert.equal(offered.length, at("offered"), "offers");
  assert.equal(
    queue.offeredWithoutSlot,
    offered.filter(({ hasSlot }) => !hasSlot).length,
    "offers that need a slot",
  );
  for (const lane of queue.lanes.values()) {
    const first = [...lane.offered.values()].filter(({ rank }) => rank === 2);
    assert.equal(lane.firstAttemptsOffered, first.length, "first attempts offered");
    assert.ok(first.length <= 4, "the window of offers");
  }
}

test("the same arrivals twice give the same effects", () => {
  fc.assert(
    fc.property(lines, (story) => assert.deepEqual(retell(story), retell(story))),
    { numRuns: 100 },
  );
});

test("counts follow places through any story", () => {
  fc.assert(
    fc.property(lines, (story) => {
      const script = startScriptedQueue(5000);
      for (const each of [placed, ...story]) {
        runCommand(script, each);
        checkCounts(script);
      }
    }),
    { numRuns: 200 },
  );
});

test("once every session has finished or gone silent nothing is reserved and no timer runs", () => {
  fc.assert(
    fc.property(lines, fc.boolean(), (story, isSilent) => {
      const script = startScriptedQueue(5000);
      for (const each of [placed, ...story]) runCommand(script, each);
      if (!isSilent) for (const id of requestIds) runCommand(script, `finished ${id}`);
      if (!isSilent) assert.equal(script.queue.reservations.size, 0);
      // A silent edge is asked for a minute, a silent running request kept for half of one.
      pass(script, 120_000);
      assert.equal(script.queue.reservations.size, 0);
      assert.deepEqual([script.queue.slots, script.queue.ungranted, script.timers.size], [0, 0, 0]);
      checkCounts(script);
    }),
    { numRuns: 200 },
  );
});

test("any order and repetition of the words about one request leaves no reservation", () => {
  const about = [
    "submit r1",
    "granted r1",
    "granted r1",
    "voided r1",
    "granted r1 attempt=2",
    "progress r1 prefill=100 output=5",
    "ended r1 prefill=100 output=10",
    "ended r1 attempt=2 prefill=100 output=10",
    "finished r1 output=10",
    "finished r1 output=10",
    "cancel r1",
    "wait 700",
  ];
  const story = fc.shuffledSubarray(about, { minLength: 6 });
  fc.assert(
    fc.property(story, (shuffled) => {
      const script = startScriptedQueue(5000);
      for (const each of [placed, ...shuffled, "finished r1 output=10"]) runCommand(script, each);
      assert.equal(script.queue.reservations.size, 0);
      assert.equal(script.queue.slots, 0);
    }),
    { numRuns: 500 },
  );
});

/** What was admitted when, told by the queue's own notes: exact times, beside the window's buckets. */
function admissionsOf(story: readonly string[]): { atMs: number; tokens: number; id: string }[] {
  const script = startScriptedQueue(5000);
  tellCommand(script, placed);
  const admitted: { atMs: number; tokens: number; id: string }[] = [];
  for (const each of story) {
    for (const effect of tellCommand(script, each)) {
      if (effect.kind !== "note") continue;
      const id = String(effect.fields["requestId"]);
      if (effect.event === "queue.admitted") {
        admitted.push({ atMs: script.nowMs, tokens: Number(effect.fields["reservedTokens"]), id });
      }
      const settled = admitted.findLast((other) => other.id === id);
      if (effect.event === "queue.settled" && settled !== undefined) {
        settled.tokens -= Number(effect.fields["refundedTokens"]);
      }
      checkMinute(admitted, script.nowMs);
    }
  }
  return admitted;
}

function checkMinute(admitted: readonly { atMs: number; tokens: number }[], nowMs: number): void {
  const minute = admitted.filter(({ atMs }) => atMs >= nowMs - 60_000);
  assert.ok(minute.length <= limits.rpm, "requests in the last 60 s");
  const sum = minute.reduce((total, { tokens: each }) => total + each, 0);
  assert.ok(sum <= limits.tpm, "tokens in the last 60 s");
}

test("in no minute is more admitted than the limits, with refunds, lapses and returns", () => {
  const many = fc.nat(40).map((index) => `r${index}`);
  const fresh = fc
    .tuple(many, tokens, tokens)
    .map(([id, prompt, max]) => `submit ${id} prompt=${prompt} max=${max}`);
  const again = fresh.map((each) => `${each} admitted`);
  const ending = fc.oneof(
    many.map((id) => `cancel ${id}`),
    many.map((id) => `granted ${id}`),
    fc.tuple(many, fc.nat(200)).map(([id, output]) => `finished ${id} output=${output}`),
  );
  const steps = fc.oneof(
    { weight: 6, arbitrary: fresh },
    { weight: 2, arbitrary: again },
    { weight: 6, arbitrary: ending },
    { weight: 2, arbitrary: fc.constantFrom("wait 333.25", "wait 4000", "wait 29999.5") },
  );
  const story = fc.array(steps, { maxLength: 200, size: "max" });
  let busiest = 0;
  fc.assert(
    fc.property(story, (each) => {
      busiest = Math.max(busiest, admissionsOf(each).length);
    }),
    { numRuns: 200 },
  );
  assert.ok(busiest > 8, "the schedules do admit");
});

/** A router that grants one of the offers out, a worker that ends one of those that run. */
function runWorkload(choices: readonly { act: number; pick: number }[]): number {
  const script = startScriptedQueue(5000);
  tellCommand(script, "placed rpm=100000 tpm=100000000 queue=50 concurrency=3");
  const offers = new Map<RequestId, Offer>();
  const running: RequestId[] = [];
  let admitted = 0;
  let finished = 0;
  const apply = (effects: readonly Effect[]): void => {
    for (const effect of effects) {
      const message = effect.kind === "send" ? (effect.message as { kind: string }) : undefined;
      if (message?.kind === "offer") offers.set((message as Offer).requestId, message as Offer);
    }
  };
  for (const { act, pick } of choices) {
    const offer = [...offers.values()][pick % Math.max(1, offers.size)];
    const [done] = running.splice(pick % Math.max(1, running.length), act === 2 ? 1 : 0);
    if (act === 0 && admitted < 40) apply(tellCommand(script, `submit q${admitted++}`));
    if (act === 1 && offer !== undefined) {
      offers.delete(offer.requestId);
      running.push(offer.requestId);
      apply(tellCommand(script, `granted ${offer.requestId} attempt=${offer.attempt}`));
    }
    if (done !== undefined) apply(tellCommand(script, `finished ${done} output=9 prefill=100`));
    if (done !== undefined) finished += 1;
    assert.ok(running.length + offers.size <= 3, "granted, running and offered within concurrency");
    assert.equal(script.queue.slots, running.length);
  }
  return finished;
}

test("a router that grants every offer at once never runs more than the tenant's concurrency", () => {
  const choice = fc.record({ act: fc.nat(2), pick: fc.nat(10) });
  let most = 0;
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 150, size: "max" }), (choices) => {
      most = Math.max(most, runWorkload(choices));
    }),
    { numRuns: 150 },
  );
  assert.ok(most > 5, "the workloads do finish");
});
