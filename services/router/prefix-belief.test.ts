import assert from "node:assert/strict";
import { test } from "node:test";
import type { Offer } from "#shared/messages/to-router.ts";
import { routerAddress } from "#shared/messages/addresses.ts";
import type { PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { Placement } from "./placement.ts";
import { takeTotals } from "./placement.ts";
import type { PoolState } from "./pool-state.ts";
import { startPool } from "./pool-state.ts";
import { expectPrefix, hitsFor, learnPrefix } from "./prefix-belief.ts";
import { runLine, startScriptedRouter } from "./scripted-router.ts";
import { openAccount } from "./tenant-account.ts";
import { waitingOffer } from "./waiting-offer.ts";
import type { WorkerView } from "./worker-view.ts";
import { workerView } from "./worker-view.ts";

const pool = "pool" as PoolId;
const blockTokens = 16;
const keys = [9, 1, 2, 3];
const promptTokens = 256;

function scene(): { readonly state: PoolState; readonly view: WorkerView } {
  const placed = { kind: "placed", pool, poolEpoch: 1, kvBlockTokens: blockTokens } as const;
  const state = startPool(routerAddress(pool), { ...placed, workers: [], tenants: [] }, 0);
  const member = { worker: "w1" as WorkerId, incarnation: 1, zone: "a", host: "h" as WorkerHostId };
  return { state, view: { ...workerView(member), reportedBlocks: 100, totalBlocks: 200 } };
}

const placeOn = (view: WorkerView, cachedTokens: number): Placement =>
  ({
    account: openAccount("t" as TenantId, 0, 1),
    view,
    promptTokens,
    cachedTokens,
    owedPrefillTokens: promptTokens - cachedTokens,
    prefixKeys: keys,
    totals: nothingExecuted,
  }) as unknown as Placement;

const heldOf = (state: PoolState): number => {
  const offer = { prefixKeys: keys, promptTokens, outputTokensPredicted: 1 } as unknown as Offer;
  return hitsFor(state, waitingOffer(offer, blockTokens, 0), 0)[0]?.tokens ?? 0;
};

/** One request from its pick to its end; what its worker then is believed to hold. */
function runOne(
  { state, view }: { readonly state: PoolState; readonly view: WorkerView },
  totals: Partial<typeof nothingExecuted>,
): number {
  const placement = placeOn(view, heldOf(state));
  expectPrefix(state, placement);
  takeTotals(placement, { ...nothingExecuted, ...totals });
  learnPrefix(state, placement);
  return heldOf(state);
}

test("what is placed is expected to be held at once, what ended early only as far as it was computed", () => {
  const { state, view } = scene();
  expectPrefix(state, placeOn(view, 0));
  assert.equal(heldOf(state), promptTokens);
  assert.equal(runOne({ state, view }, { prefillTokens: 100 }), 64);
});

test("a place that never ran says nothing about the cache", () => {
  const { state, view } = scene();
  runOne({ state, view }, { prefillTokens: promptTokens, outputTokens: 1 });
  assert.equal(runOne({ state, view }, {}), promptTokens);
});

test("what could be evicted before it is what was free when it ended", () => {
  const { state, view } = scene();
  runOne({ state, view }, { prefillTokens: promptTokens, outputTokens: 1 });
  const { filledTokens } = view;
  view.filledTokens = filledTokens + 100 * blockTokens - 1;
  assert.equal(heldOf(state), promptTokens);
  view.filledTokens++;
  assert.equal(heldOf(state), 0);
});

test("a worker that never finds what it computed is believed none, until it finds something", () => {
  const { state, view } = scene();
  const miss = { prefillTokens: promptTokens, outputTokens: 1 };
  for (let count = 0; count < 9; count++) runOne({ state, view }, miss);
  assert.equal(heldOf(state), 0);
  const hit = { prefillTokens: 16, cachedTokens: promptTokens - 16 };
  assert.equal(runOne({ state, view }, hit), promptTokens);
});

test("what a worker owes falls as it computes and is gone with its first token", () => {
  const { view } = scene();
  const placement = placeOn(view, 0);
  view.owedPrefillTokens = promptTokens;
  takeTotals(placement, { ...nothingExecuted, cachedTokens: 64, prefillTokens: 100 });
  assert.equal(view.owedPrefillTokens, promptTokens - 164);
  takeTotals(placement, { ...nothingExecuted, cachedTokens: 64, prefillTokens: 100 });
  assert.equal(view.owedPrefillTokens, promptTokens - 164);
  takeTotals(placement, { ...nothingExecuted, prefillTokens: 192, outputTokens: 1 });
  assert.deepEqual([view.owedPrefillTokens, view.filledTokens], [0, 193]);
});

test("a fenced worker's prefixes are forgotten, what its places had computed included", () => {
  const script = startScriptedRouter();
  const lines = [
    "placed workers=w1",
    "holds w1",
    "capacity w1 free=4 max=4 blocks=100",
    "offer r1 acme prompt=200 prefix=9,1,2",
    "reserved r1 w1",
    "started r1 w1",
    "progress r1 w1 prefill=200 output=1",
  ];
  for (const line of lines) runLine(script, line);
  assert.equal(script.state.owned?.prefixes.size, 2);
  runLine(script, "members workers=w1:2");
  assert.equal(script.state.owned?.prefixes.size, 0);
});
