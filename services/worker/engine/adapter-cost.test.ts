import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { AdapterCost } from "#shared/model/simulated-engine.ts";
import { adapterLoad } from "./adapter-cost.ts";
import { beginLoad, createAdapterSlots } from "./adapter-slots.ts";
import { runOf, tokensOf } from "./engine.cases.ts";
import { profileNamed } from "./profiles.ts";
import { emptyLoad, stepTime, totalMs } from "./step-time.ts";
import { startVirtualEngine } from "./virtual-engine.ts";

const digest = (name: string): AdapterDigest => name as AdapterDigest;
const small = 84e6;
const large = 336e6;
const residents = new Map([
  [digest("small"), small],
  [digest("large"), large],
]);

const batch = [
  { adapterDigest: digest("small"), stepTokens: 1 },
  { adapterDigest: digest("small"), stepTokens: 100 },
  { adapterDigest: digest("large"), stepTokens: 1 },
  { adapterDigest: digest(""), stepTokens: 50 },
];

test("segmented kernels read each adapter once and compute each rank", () => {
  assert.deepEqual(adapterLoad(batch, residents, "sum"), {
    adapterBytes: small + large,
    adapterFlops: 101 * small + large,
  });
});

test("padded kernels take every adapter of the step for the largest in it", () => {
  assert.deepEqual(adapterLoad(batch, residents, "max"), {
    adapterBytes: 2 * large,
    adapterFlops: 102 * large,
  });
});

test("equal ranks cost the same either way, and a step without adapters costs nothing", () => {
  const equal = batch.filter(({ adapterDigest }) => adapterDigest !== digest("large"));
  assert.deepEqual(adapterLoad(equal, residents, "sum"), adapterLoad(equal, residents, "max"));
  assert.deepEqual(adapterLoad([], residents, "max"), { adapterBytes: 0, adapterFlops: 0 });
});

for (const [cost, lost] of [
  ["good", 0.05],
  ["typical", 0.15],
  ["bad", 0.34],
] as const) {
  test(`adapters cost ${lost * 100} % of the throughput where they are ${cost}`, () => {
    const profile = profileNamed("llama3_8b/tp1/bfloat16");
    const plain = { ...emptyLoad(), decodes: 32, decodeContextTokens: 32_000 };
    const withAdapter = { ...plain, adapterBytes: 1, adapterFlops: 1 };
    const kept = totalMs(stepTime(profile, plain)) / totalMs(stepTime(profile, withAdapter, cost));
    assert.ok(Math.abs(1 - kept - lost) < 1e-6);
  });
}

test("an engine's own profile and rank handling are in its steps", () => {
  const endMs = (terms: { adapterCost?: AdapterCost; adapterRanks?: "sum" | "max" }): number => {
    const engine = startVirtualEngine({
      kind: "simulated",
      profile: "llama3_8b/tp1/bfloat16",
      gpus: 1,
      kvBlocks: 1000,
      kvBlockTokens: 16,
      sequencesMax: 8,
      stepTokensMax: 2048,
      adapterSlots: 2,
      timeScale: 1,
      ...terms,
    });
    engine.tell({ kind: "boot" });
    for (const [adapter, bytes] of residents) {
      const load = { kind: "load-adapter", digest: adapter, bytes, tier: "host" } as const;
      engine.tell({ ...load, evict: "" });
    }
    engine.advance(100);
    const runs = [...residents.keys()].map((adapterDigest) =>
      runOf({ adapterDigest, seed: `for ${adapterDigest}`, outputTokensMax: 9, ignoreEos: true }),
    );
    for (const run of runs) engine.tell(run);
    while (engine.fireNext());
    for (const run of runs) assert.equal(tokensOf(engine.heard, run).length, 9);
    return engine.nowMs();
  };
  assert.equal(endMs({}), endMs({ adapterCost: "typical", adapterRanks: "sum" }));
  assert.ok(endMs({ adapterCost: "good" }) < endMs({}));
  assert.ok(endMs({ adapterCost: "bad" }) > endMs({}));
  assert.ok(endMs({ adapterRanks: "max" }) > endMs({}));
});

test("loads of one tier share its way: the second comes later by the first one's bytes", () => {
  const slots = createAdapterSlots(4);
  const terms = { nowUs: 0, timeScale: 1, gpusPerHost: undefined, isInUse: () => false };
  for (const name of ["a", "b", "c"]) {
    const load = { kind: "load-adapter", digest: digest(name), bytes: 500e6, evict: "" } as const;
    beginLoad(slots, { ...load, tier: name === "c" ? "disk" : "host" }, terms);
  }
  const ends = [...slots.loading.values()].map(({ doneUs }) => doneUs);
  assert.deepEqual(ends, [12_000, 22_000, 2_012_000]);
});
