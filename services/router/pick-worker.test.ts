import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { Need } from "./pick-worker.ts";
import { flatLoadTokens } from "./adapter-price.ts";
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
  tenant: "acme" as TenantId,
  blocks: 10,
  adapterDigest: baseModel,
  promptTokens: 1000,
  hits: [],
  zone: "",
  ...facts,
});

const pick = (workers: readonly WorkerView[], facts: Partial<Need> = {}, nowMs = 0) =>
  pickWorker(workers, need(facts), nowMs)?.view.worker as string | undefined;

test("the worker with most free blocks, and among equals with most free sequences", () => {
  assert.equal(pick([worker("a"), worker("b", { reportedBlocks: 101 })]), "b");
  assert.equal(pick([worker("a"), worker("b", { reportedSequences: 5 })]), "b");
});

test("the worker with least to compute first, whatever its free blocks", () => {
  const roomy = worker("roomy", { reportedBlocks: 900, owedPrefillTokens: 300 });
  assert.equal(pick([roomy, worker("idle")]), "idle");
  assert.equal(pick([worker("busy", { heldSequences: 2 }), worker("idle")]), "idle");
});

test("where a prefix is held, unless more is owed there than it spares", () => {
  const warm = worker("warm", { owedPrefillTokens: 700 });
  const workers = [worker("cold"), warm, worker("colder", { heldSequences: 1 })];
  assert.equal(pick(workers, { hits: [{ holder: warm, tokens: 701 }] }), "warm");
  assert.equal(pick(workers, { hits: [{ holder: warm, tokens: 699 }] }), "cold");
});

test("of those that hold a prefix the one that holds most of it", () => {
  const [some, most] = [worker("some"), worker("most")];
  const hits = [
    { holder: some, tokens: 256 },
    { holder: most, tokens: 512 },
  ];
  const choice = pickWorker([worker("none"), some, most], need({ hits }), 0);
  assert.equal(choice?.view, most);
  assert.equal(choice?.cachedTokens, 512);
  assert.equal(choice?.locality, 512);
});

test("one token of a prompt is left to compute, however much is held", () => {
  const warm = worker("warm");
  const facts = need({ promptTokens: 512, hits: [{ holder: warm, tokens: 512 }] });
  assert.equal(pickWorker([warm], facts, 0)?.cachedTokens, 511);
});

test("a resident adapter weighs as much as the prompt that could be computed instead of loading it", () => {
  const resident = worker("resident", { residents: [lora] });
  const warm = worker("warm");
  const hits = (tokens: number) => ({
    adapterDigest: lora,
    promptTokens: 9000,
    hits: [{ holder: warm, tokens }],
  });
  assert.equal(pick([resident, warm], hits(flatLoadTokens - 1)), "resident");
  assert.equal(pick([resident, warm], hits(flatLoadTokens + 1)), "warm");
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

const needing = (name: string, places: Readonly<Record<string, number>>, facts = {}): WorkerView =>
  worker(name, {
    adapterSlots: 2,
    areSlotsFull: true,
    needed: new Map(Object.entries(places)) as WorkerView["needed"],
    ...facts,
  });
const other = "other" as AdapterDigest;

test("a worker whose slots are all needed takes an adapter that is among them, and no other", () => {
  const full = needing("full", { lora: 3, more: 1 });
  assert.equal(pick([full], { adapterDigest: lora }), "full");
  assert.equal(pick([full], { adapterDigest: other }), undefined);
  assert.equal(pick([full]), "full");
  assert.equal(pick([needing("half", { lora: 3 })], { adapterDigest: other }), "half");
});

test("after a refusal what places need there is not believed to be there: two would refuse each other for ever", () => {
  const refused = needing("refused", { lora: 1 }, { slotBlockedUntilMs: 500 });
  assert.equal(pick([refused], { adapterDigest: lora }), undefined);
  assert.equal(pick([refused], { adapterDigest: lora }, 500), "refused");
});

const athome = (homes: readonly WorkerView[], tokens = 100) => ({
  adapterDigest: lora,
  adapter: { homes, prices: { loadTokens: () => tokens } },
});

test("an adapter goes home, and where it is needed already before that", () => {
  const [home, away] = [needing("home", {}), needing("away", {})];
  assert.equal(pick([away, home], athome([home])), "home");
  const there = needing("there", { lora: 1 }, { heldSequences: 1 });
  assert.equal(pick([away, home, there], athome([home])), "there");
});

test("a taken slot is worth thirty-two sequences, one away from home as many more; a free one eight", () => {
  const busy = (name: string, heldSequences: number, facts = {}): WorkerView =>
    needing(name, {}, { sequencesMax: 256, reportedSequences: 200, heldSequences, ...facts });
  const has = (heldSequences: number): WorkerView =>
    busy("has", heldSequences, { residents: [lora] });
  const home = busy("home", 0);
  assert.equal(pick([home, has(32)], athome([home])), "has");
  assert.equal(pick([home, has(33)], athome([home])), "home");
  const away = busy("away", 0);
  assert.equal(pick([away, busy("home", 31)], athome([])), "away");
  const atHome = busy("home", 31);
  assert.equal(pick([away, atHome], athome([atHome])), "home");
  const full = busy("home", 33);
  assert.equal(pick([away, full], athome([full])), "away");
  const free = { areSlotsFull: false };
  const busyHome = busy("home", 7, free);
  assert.equal(pick([busy("away", 0, free), busyHome], athome([busyHome])), "home");
  const busierHome = busy("home", 9, free);
  assert.equal(pick([busy("away", 0, free), busierHome], athome([busierHome])), "away");
});

test("any worker that can take it, where it is drawn", () => {
  const workers = Array.from({ length: 8 }, (_, at) => worker(`w${at}`));
  const adapter = { homes: [], prices: { loadTokens: () => 0 } };
  const drawn = new Set(
    Array.from({ length: 200 }, (_, draw) =>
      pick(workers, { adapterDigest: lora, adapter: { ...adapter, draw } }),
    ),
  );
  assert.equal(drawn.size, 8);
});

test("where others yield, the worker with most room for prompts of those inside their share", () => {
  const beyond = ["flood" as TenantId];
  const room = (name: string, reportedPrefillTokensInside: number, heldSequences = 0): WorkerView =>
    worker(name, {
      heldSequences,
      reportedPrefillTokens: 0,
      beyondShare: beyond,
      reportedPrefillTokensInside,
    });
  const workers = [room("short", 100), room("long", 900, 2), room("full", 0)];
  assert.equal(pick(workers), "long");
  assert.equal(pick(workers, { tenant: "flood" as TenantId }), undefined);
});
