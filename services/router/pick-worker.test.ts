import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { Need } from "./pick-worker.ts";
import { pickWorker } from "./pick-worker.ts";
import type { WorkerView } from "./worker-view.ts";
import { workerView } from "./worker-view.ts";

const lora = "lora" as AdapterDigest;

function worker(name: string, facts: Partial<WorkerView> = {}): WorkerView {
  const member = { worker: name as WorkerId, incarnation: 1, zone: "a", host: "h" as WorkerHostId };
  return {
    ...workerView(member),
    isCollected: true,
    seq: 1,
    reportedSequences: 4,
    sequencesMax: 8,
    reportedBlocks: 100,
    ...facts,
  };
}

const need = (facts: Partial<Need> = {}): Need => ({
  blocks: 10,
  adapterDigest: baseModel,
  prefixWorker: undefined,
  ...facts,
});

const pick = (workers: readonly WorkerView[], facts: Partial<Need> = {}, nowMs = 0) =>
  pickWorker(workers, need(facts), nowMs)?.view.worker as string | undefined;

test("the worker with most free blocks, and among equals with most free sequences", () => {
  assert.equal(pick([worker("a"), worker("b", { reportedBlocks: 101 })]), "b");
  assert.equal(pick([worker("a"), worker("b", { reportedSequences: 5 })]), "b");
});

test("a resident adapter outweighs a held prefix, and both outweigh free blocks", () => {
  const roomy = worker("roomy", { reportedBlocks: 900 });
  const resident = worker("resident", { residents: [lora] });
  const warm = worker("warm");
  const both = worker("both", { residents: [lora], reportedBlocks: 20 });
  const facts = { adapterDigest: lora, prefixWorker: warm.worker };
  assert.equal(pick([roomy, warm], facts), "warm");
  assert.equal(pick([roomy, warm, resident], facts), "resident");
  assert.equal(pick([roomy, resident, both], { ...facts, prefixWorker: both.worker }), "both");
});

test("no grant to a worker that is cordoned, suspected, silent, unknown, full or short of blocks", () => {
  assert.equal(pick([worker("a", { isCordoned: true })]), undefined);
  assert.equal(pick([worker("a", { isSuspected: true })]), undefined);
  assert.equal(pick([worker("a")], {}, 2000), undefined);
  assert.equal(pick([worker("a", { isCollected: false })]), undefined);
  assert.equal(pick([worker("a", { seq: -1 })]), undefined);
  assert.equal(pick([worker("a", { unreportedSequences: 4 })]), undefined);
  assert.equal(pick([worker("a", { heldSequences: 8 })]), undefined);
  assert.equal(pick([worker("a", { unreportedBlocks: 91 })]), undefined);
});

test("the accountant's count of free blocks is believed for a second", () => {
  const refused = worker("a", { bookableBlocks: 5, bookableAtMs: 0 });
  assert.equal(pick([refused], {}, 999), undefined);
  assert.equal(pick([refused], {}, 1000), "a");
});

test("while its slots are pinned a worker takes only adapters it has", () => {
  const full = worker("a", { slotBlockedUntilMs: 500, residents: [lora] });
  assert.equal(pick([full], { adapterDigest: "other" as AdapterDigest }), undefined);
  assert.equal(pick([full], { adapterDigest: lora }), "a");
  assert.equal(pick([full]), "a");
  assert.equal(pick([full], { adapterDigest: "other" as AdapterDigest }, 500), "a");
});
