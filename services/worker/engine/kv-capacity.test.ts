import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { hasRoom, kvCapacity, mostKvBlocks } from "./kv-capacity.ts";
import type { MemoryTerms } from "./kv-capacity.ts";
import type { WeightType } from "./profiles/memory-layout.ts";
import { h100Bytes, layoutOf, llama3Of8B, qwen25Of72B } from "./profiles/memory-layout.ts";
import { profileNamed, profileNames } from "./profiles.ts";
import { replicaFault } from "./replica-fault.ts";

const of72B = (gpus: number, weights: WeightType) =>
  layoutOf(qwen25Of72B, { gpus, weights, hbmBytes: h100Bytes });

// The published placements of a 72B model on H100: weights per GPU in GB, KV tokens or none.
const placements: readonly [
  number,
  WeightType,
  number,
  number | undefined,
  Partial<MemoryTerms>,
][] = [
  [1, "bfloat16", 145, undefined, {}],
  [1, "fp8", 75, undefined, {}],
  [1, "fp8", 75, undefined, { utilisation: 0.95 }],
  [1, "int4", 42, 98_000, {}],
  [2, "fp8", 37.6, 224_000, {}],
  [2, "bfloat16", 72.7, undefined, {}],
  [4, "bfloat16", 36.4, 463_000, {}],
];

for (const [gpus, weights, weightGb, kvTokens, terms] of placements) {
  const verdict = kvTokens === undefined ? "is refused" : `holds some ${kvTokens} tokens`;
  const at = terms.utilisation === undefined ? "" : ` at ${terms.utilisation}`;
  // The published weights are rounded.
  test(`72B in ${weights} on ${gpus} GPUs${at} ${verdict}`, () => {
    const layout = of72B(gpus, weights);
    assert.ok(Math.abs(layout.weightBytesPerGpu / 1e9 / weightGb - 1) < 0.015);
    const capacity = kvCapacity(layout, terms);
    assert.equal(capacity.kind, kvTokens === undefined ? "no-room" : "fits");
    if (kvTokens !== undefined) assert.ok(Math.abs(capacity.kvTokens / kvTokens - 1) < 0.02);
    else assert.ok(capacity.kvTokens < 11_000);
  });
}

test("a refusal says what is left and what is needed", () => {
  const capacity = kvCapacity(of72B(2, "bfloat16"));
  assert.ok(capacity.kind === "no-room");
  assert.match(capacity.why, /^1\.\d GB of 85\.5 are left .* 32768$/);
});

test("8B in BF16 holds some 444,000 tokens, and twice as many in FP8 KV", () => {
  const layout = layoutOf(llama3Of8B, { gpus: 1, weights: "bfloat16", hbmBytes: h100Bytes });
  const { kvTokens } = kvCapacity(layout);
  assert.ok(Math.abs(kvTokens / 444_000 - 1) < 0.01);
  assert.ok(Math.abs(kvCapacity(layout, { kvElementBytes: 1 }).kvTokens - 2 * kvTokens) <= 1);
});

test("adapter slots are taken out of the room for KV, whole on one GPU and 0.7 on each of two", () => {
  const slots = { adapterSlots: 8, adapterSlotBytes: 414e6 };
  const one = of72B(1, "int4");
  const two = of72B(2, "fp8");
  const lost = (layout: typeof one, gpus: number) =>
    kvCapacity(layout).kvTokens - kvCapacity(layout, { ...slots, gpus }).kvTokens;
  assert.ok(Math.abs(lost(one, 1) - (8 * 414e6) / 327_680) <= 1);
  assert.ok(Math.abs(lost(two, 2) - (0.7 * 8 * 414e6) / 163_840) <= 1);
});

test("every profile has room for a context of its model, at the usual terms", () => {
  for (const name of profileNames) {
    const { memory, gpus } = profileNamed(name);
    assert.equal(kvCapacity(memory, { gpus }).kind, "fits", name);
  }
});

test("a token's KV is the tables' own", () => {
  const bytes = (name: string): number => profileNamed(name).memory.kvBytesPerTokenPerGpu;
  assert.equal(bytes("llama3_8b/tp1/bfloat16"), 131_072);
  assert.equal(bytes("qwen25_72b/tp2/fp8"), 163_840);
  assert.equal(bytes("llama3_70b/tp8/fp8"), 40_960);
  assert.equal(bytes("qwen3_32b/tp4/bfloat16"), 65_536);
  assert.equal(bytes("llama2_7b/tp1/float16/a10g"), 524_288);
});

test("more blocks than the GPU has beside its weights are no replica", () => {
  const profile = profileNamed("llama3_8b/tp1/bfloat16");
  const spec = { kind: "simulated", profile: profile.name, gpus: 1, kvBlockTokens: 16 } as const;
  const rest = { sequencesMax: 8, stepTokensMax: 2048, adapterSlots: 0, timeScale: 1 };
  assert.ok(hasRoom(profile, { ...spec, ...rest, kvBlocks: 33_000 }));
  assert.ok(!hasRoom(profile, { ...spec, ...rest, kvBlocks: 34_000 }));
  const faultOf = (fields: Partial<SimulatedEngineSpec>): string => {
    const { field = "", expected = "" } =
      replicaFault({ ...spec, ...rest, kvBlocks: 1000, ...fields }) ?? {};
    return `${field} ${expected}`;
  };
  assert.equal(faultOf({}), " ");
  const most = mostKvBlocks(profile, 16);
  assert.equal(faultOf({ kvBlocks: most }), " ");
  assert.match(
    faultOf({ kvBlocks: most + 1 }),
    new RegExp(`^kvBlocks at most ${most} blocks of 16`),
  );
  assert.match(
    faultOf({ profile: "llama9/tp1/fp8" }),
    /^profile one of llama3_8b\/tp1\/bfloat16, /,
  );
  assert.match(faultOf({ sequencesMax: 4096 }), /^stepTokensMax at least sequencesMax \(4096\)/);
});
