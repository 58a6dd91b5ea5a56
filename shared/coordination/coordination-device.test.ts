import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor, Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { checkMessage } from "#shared/messages/guard.ts";
import type { ToCoordination } from "#shared/messages/to-coordination.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { createCoordinationDevice } from "./coordination-device.ts";
import { memoryCoordination } from "./memory-coordination.ts";
import type { QuestionFault } from "./memory-coordination.ts";
import { owner } from "./owner.actor.ts";
import { suspectPrefix } from "./suspects.ts";
import { VirtualClock } from "./virtual-clock.ts";

const self = "owner/p1" as Address;
const device = "coordination/p1" as Address;
const worker = "worker/w1" as Address;

/** Asks one after the other, and returns every answer as the owner hears it. */
function answersTo(questions: readonly ToCoordination[], fault?: QuestionFault): ToOwner[] {
  const clock = new VirtualClock();
  const store = memoryCoordination({ clock, faultOf: () => fault });
  const answers: ToOwner[] = [];
  const coordination = createCoordinationDevice(store, {
    send: (from, to, message) => {
      assert.deepEqual([from, to], [device, self]);
      assert.equal(checkMessage("owner", message), undefined);
      answers.push(message as ToOwner);
      return "accepted";
    },
  });
  for (const question of questions) {
    coordination.device(device, self, question);
    clock.advance(10);
  }
  coordination.stop();
  return answers;
}

const grant: ToCoordination = { kind: "grant-lease", ttlMs: 5_000, sentAtMs: 7 };
const claim = (key: string, lease: string): ToCoordination => ({
  kind: "claim",
  key,
  value: "p1",
  lease,
});

test("each question is answered in the owner's words", () => {
  const answers = answersTo([
    grant,
    grant,
    { kind: "keep-lease", lease: "lease-0-1", sentAtMs: 9 },
    claim("/own/a", "lease-0-1"),
    claim("/own/a", "lease-0-2"),
    { kind: "release", key: "/own/a", lease: "lease-0-1" },
    { kind: "revoke-lease", lease: "lease-0-1" },
    { kind: "keep-lease", lease: "lease-0-1", sentAtMs: 10 },
    claim("/own/a", "lease-0-1"),
  ]);
  assert.deepEqual(answers, [
    { kind: "lease-granted", lease: "lease-0-1", ttlMs: 5_000, sentAtMs: 7 },
    { kind: "lease-granted", lease: "lease-0-2", ttlMs: 5_000, sentAtMs: 7 },
    { kind: "lease-kept", lease: "lease-0-1", ttlMs: 5_000, sentAtMs: 9 },
    { kind: "claimed", key: "/own/a", lease: "lease-0-1", epoch: 1 },
    { kind: "claim-held", key: "/own/a", holder: "p1" },
    { kind: "released", key: "/own/a" },
    { kind: "lease-lost", lease: "lease-0-1" },
    { kind: "lease-lost", lease: "lease-0-1" },
    { kind: "lease-lost", lease: "lease-0-1" },
  ]);
});

test("an unanswered question is named", () => {
  const fault = { takesEffect: true, isAnswered: false, afterMs: 5 };
  assert.deepEqual(answersTo([claim("/own/a", "lease-0-1")], fault), [
    { kind: "coordination-failed", question: "claim /own/a", reason: "no answer" },
  ]);
});

test("a prefix watched again is listed again, once per change", () => {
  const watch: ToCoordination = { kind: "watch", prefix: "/own/" };
  const answers = answersTo([grant, watch, watch, claim("/own/a", "lease-0-1")]);
  assert.deepEqual(
    answers.filter(({ kind }) => kind === "keys"),
    [
      { kind: "keys", prefix: "/own/", revision: 0, entries: [] },
      { kind: "keys", prefix: "/own/", revision: 0, entries: [] },
      {
        kind: "keys",
        prefix: "/own/",
        revision: 1,
        entries: [{ key: "/own/a", value: "p1", epoch: 1 }],
      },
    ],
  );
});

test("suspects are noted and acquitted before the store's clock goes on, without a turn of the event loop", () => {
  const clock = new VirtualClock();
  const store = memoryCoordination({ clock });
  const heard: unknown[] = [];
  const { device: hear } = createCoordinationDevice(store, {
    send: (_from, to, message) => {
      assert.equal(to, worker);
      assert.equal(checkMessage("worker", message), undefined);
      heard.push(message);
      return "accepted";
    },
  });
  const identity = { tenant: "acme", namespace: "n", promptDigest: "d", parameters: "64" };
  // More than are written at once.
  const suspects = Array.from({ length: 20 }, (_, index) => ({
    ...identity,
    promptDigest: `d${index}`,
    isAlone: false,
    outputIndex: index,
    worker: "w1",
  }));
  let standing = 0;
  store.watch(suspectPrefix, ({ entries }) => {
    standing = entries.length;
  });
  const tell: ToCoordination = { kind: "note-suspects", crash: "w1/7/1", suspects };
  hear(device, worker, tell);
  hear(device, worker, tell);
  clock.advance(10);
  assert.deepEqual(heard, [{ kind: "suspects-noted", crash: "w1/7/1" }]);
  assert.equal(standing, 20);
  hear(device, worker, { kind: "acquit", ...identity, promptDigest: "d3" });
  clock.advance(10);
  assert.equal(standing, 19);
  store.close();
});

test("suspects that the store may not have taken are not said to be noted, and may be told again", () => {
  const clock = new VirtualClock();
  let isWell = false;
  const silent: QuestionFault = { takesEffect: true, isAnswered: false, afterMs: 5 };
  const faultOf = (question: string): QuestionFault | undefined =>
    isWell || !question.startsWith("put ") ? undefined : silent;
  const store = memoryCoordination({ clock, faultOf });
  const heard: string[] = [];
  const { device: hear } = createCoordinationDevice(store, {
    send: (_from, _to, message) => {
      heard.push((message as { readonly kind: string }).kind);
      return "accepted";
    },
  });
  const suspect = { tenant: "acme", namespace: "n", promptDigest: "d", parameters: "64" };
  const seen = { isAlone: false, outputIndex: 0, worker: "w1" };
  const suspects = [{ ...suspect, ...seen }];
  const tell: ToCoordination = { kind: "note-suspects", crash: "w1/7/1", suspects };
  hear(device, worker, tell);
  clock.advance(20);
  assert.deepEqual(heard, []);
  isWell = true;
  hear(device, worker, tell);
  clock.advance(20);
  assert.deepEqual(heard, ["suspects-noted"]);
  store.close();
});

test("a whole process with 256 shards owns and places everything, and hands it over", async () => {
  const notes: NoteRecord[] = [];
  const host = createLocalHost({
    process: "p1",
    ownedKinds: new Set(["tenant-queue", "router", "kv-accountant"]),
    onNote: (record) => notes.push(record),
  });
  const store = memoryCoordination();
  const placed = (name: string): Actor<null, { readonly kind: string }> => ({
    name,
    init: () => null,
    receive: (_state, { message }) => [note(message.kind)],
  });
  host.register(owner);
  for (const name of ["tenant-queue", "router", "kv-accountant"]) host.register(placed(name));
  const coordination = createCoordinationDevice(store, host);
  host.attach("coordination", coordination.device);
  const begin = { process: "p1", zone: "z", isControl: true, shardCount: 256, workers: [] };
  host.send(self, self, { kind: "begin", ...begin });
  const fleet = {
    version: 1,
    tenants: Array.from({ length: 500 }, (_, index) => ({ policy: { tenant: `t${index}` } })),
    pools: [{ id: "llama" }],
    workers: [],
  } as unknown as Fleet;
  host.send(self, self, { kind: "fleet-changed", fleet });
  const count = (event: string): number => notes.filter((record) => record.event === event).length;
  for (let turns = 0; count("placed") < 500 + 2 && turns < 100; turns++) await sleep(1);
  assert.equal(count("placed"), 500 + 2);
  host.send(self, self, { kind: "hand-over" });
  for (let turns = 0; count("owner.handed-over") === 0 && turns < 100; turns++) await sleep(1);
  assert.equal(count("owner.handed-over"), 1);
  coordination.stop();
  host.stop();
  store.close();
});
