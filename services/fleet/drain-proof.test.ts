import assert from "node:assert/strict";
import { test } from "node:test";
import type { InspectableHost } from "#shared/actor/host.ts";
import {
  edgeProof,
  isEmpty,
  ownerProof,
  proofBook,
  proofLine,
  untilEmpty,
  wholeProof,
  workerProof,
} from "./drain-proof.ts";

type States = Readonly<Record<string, readonly unknown[]>>;

const hostOf = (states: States): InspectableHost =>
  ({
    statesOf: (kind: string) =>
      new Map((states[kind] ?? []).map((state, index) => [`${kind}/${index}`, state])),
  }) as unknown as InspectableHost;

const map = (size: number) => new Map(Array.from({ length: size }, (_, index) => [index, index]));
const worker = (running: number, ends: number, usedBlocks: number) => ({
  live: map(running),
  outbox: { waiting: map(ends) },
  ended: { byAttempt: new Map() },
  bills: { waiting: new Map() },
  usedBlocks,
});
const meter = (records: number, onlyHere: number) => ({
  buffer: { open: new Map(), settled: new Map() },
  inFlight: { records: Array.from({ length: onlyHere }) },
  takenEntries: records - onlyHere,
});

const nothing = { ownedRequests: 0, unsettledCharges: 0, kvBlocksHeld: 0 };

test("a worker process is empty when no sequence runs, every end is noted and no block is held", () => {
  const measured = (states: States) => workerProof(hostOf(states));
  assert.deepEqual(measured({ worker: [worker(0, 0, 0), worker(0, 0, 0)] }), nothing);
  assert.deepEqual(measured({ worker: [worker(2, 0, 0), worker(1, 0, 0)] }).ownedRequests, 3);
  assert.deepEqual(measured({ worker: [worker(0, 4, 0)] }).unsettledCharges, 4);
  assert.deepEqual(
    measured({ worker: [worker(0, 0, 0)], meter: [meter(5, 2)] }).unsettledCharges,
    5,
  );
  assert.deepEqual(measured({ worker: [worker(0, 0, 7)] }).kvBlocksHeld, 7);
});

test("an edge owns its sessions, and the usage that no log has; what the stream has goes on without it", () => {
  const proof = edgeProof(hostOf({ session: [{}, {}], meter: [meter(5, 2)] }));
  assert.deepEqual(proof, { ownedRequests: 2, unsettledCharges: 2, kvBlocksHeld: 0 });
  assert.deepEqual(edgeProof(hostOf({ meter: [meter(3, 0)] })), nothing);
});

test("an owner that has handed over has neither queue nor router; one that has not tells what is in them", () => {
  const fleet = () => ({ tenants: [], pools: [] }) as never;
  const measured = (states: States) => ownerProof({ host: hostOf(states), fleet });
  assert.deepEqual(measured({}), nothing);
  const proof = measured({
    "tenant-queue": [{ slots: 3, ungranted: 2 }],
    router: [{ owned: { placements: { requests: 4 } } }],
  });
  assert.deepEqual(proof, { ownedRequests: 5, unsettledCharges: 3, kvBlocksHeld: 0 });
});

test("the platform in one process is empty when both its edge and its workers are", () => {
  const proof = wholeProof(hostOf({ session: [{}], worker: [worker(1, 1, 9)] }));
  assert.deepEqual(proof, { ownedRequests: 2, unsettledCharges: 1, kvBlocksHeld: 9 });
});

test("what goes by itself is waited for, and no longer than the patience", async () => {
  let left = 3;
  const measure = () => ({ ...nothing, ownedRequests: left-- });
  assert.ok(isEmpty(await untilEmpty(measure, 5_000)));
  const stuck = await untilEmpty(() => ({ ...nothing, kvBlocksHeld: 8 }), 30);
  assert.equal(stuck.kvBlocksHeld, 8);
});

test("the last line says drained only of a proof that was taken and is empty", () => {
  const who = { role: "worker", process: "worker-1", zone: "eu-a", secret: "no" };
  const book = proofBook();
  assert.match(proofLine(who, book.taken()), /^fairlead not drained .*it ended before/);
  book.take({ ...nothing, kvBlocksHeld: 8 });
  assert.match(proofLine(who, book.taken()), /^fairlead not drained .*"kvBlocksHeld":8\}$/);
  book.take(nothing);
  assert.equal(
    proofLine(who, book.taken()),
    'fairlead drained {"role":"worker","process":"worker-1","zone":"eu-a","ownedRequests":0,"unsettledCharges":0,"kvBlocksHeld":0}',
  );
});
