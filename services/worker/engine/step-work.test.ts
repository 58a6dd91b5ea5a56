import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { runOf } from "./engine.cases.ts";
import { profileNamed, profileNames } from "./profiles.ts";
import { replicaWork } from "./step-work.ts";
import { startVirtualEngine } from "./virtual-engine.ts";

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 20_000,
  kvBlockTokens: 16,
  sequencesMax: 128,
  stepTokensMax: 2048,
  adapterSlots: 0,
  timeScale: 1,
};

// The columns of the kernel data that the step tables were made from: linear-layer FLOPs of a token without head and
// attention, and decimal GB of weights that a step reads, of all GPUs.
const kernelData = {
  "llama3_8b/tp1/bfloat16": [13_958_643_712, 15.0],
  "llama3_8b/tp1/fp8": [13_958_643_712, 8.0],
  "llama3_70b/tp2/fp8": [136_902_082_560, 70.6],
  "llama3_70b/tp4/bfloat16": [136_902_082_560, 139.2],
  "qwen25_72b/tp2/fp8": [140_425_297_920, 72.8],
  "qwen3_32b/tp2/bfloat16": [62_411_243_520, 64.0],
} as const;

for (const [name, [flops, gigabytes]] of Object.entries(kernelData)) {
  test(`${name}: a token's FLOPs and a step's weights are those of the kernel data`, () => {
    const work = replicaWork(profileNamed(name), 1);
    assert.ok(Math.abs(work.flops.perToken / flops - 1) < 0.002, String(work.flops.perToken));
    assert.ok(Math.abs(work.weightBytes / 1e9 / gigabytes - 1) < 0.015, String(work.weightBytes));
  });
}

const told = (engine: ReturnType<typeof startVirtualEngine>) => {
  engine.tell({ kind: "tell-gpu-time" });
  const last = engine.heard.at(-1);
  assert.ok(last?.kind === "gpu-time" && last.work !== undefined);
  return { ...last, work: last.work };
};

test("a step's work is counted to the token, by hand", () => {
  const engine = startVirtualEngine(spec);
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ tokens: 100, outputTokensMax: 2, ignoreEos: true }));
  while (engine.fireNext());
  const { gflop, megabytes = 0 } = told(engine).work;
  // 101 tokens through the layers, 2 through the head; the prompt attends in a triangle, the next token to 101.
  const flops = 101 * 2 * (8.03e9 - 2 * 128_256 * 4096) + 2 * 2 * 128_256 * 4096;
  const attention = 4 * 32 * 32 * 128 * ((100 * 100) / 2 + 101);
  assert.equal(gflop, Math.floor((flops + attention) / 1e9));
  // Weights twice; KV of 100 tokens read and written, then 100 + 1 read and 1 written.
  const bytes = 2 * 2 * (8.03e9 - 128_256 * 4096) + 131_072 * (200 + 102);
  assert.equal(megabytes, Math.floor(bytes / 1e6));
});

test("a prompt in parts passes the head once, and each part attends to those before it", () => {
  const engine = startVirtualEngine(spec);
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ tokens: 3000, outputTokensMax: 1, ignoreEos: true }));
  while (engine.fireNext());
  const head = 128_256 * 4096;
  const flops = 3000 * 2 * (8.03e9 - 2 * head) + 2 * head;
  const attention = (4 * 32 * 32 * 128 * 3000 * 3000) / 2;
  assert.equal(told(engine).work.gflop, Math.floor((flops + attention) / 1e9));
});

test("one that decodes alone is bound by memory, and a long prompt by arithmetic, as the table has it", () => {
  const ratesOf = (tokens: number, outputTokensMax: number) => {
    const engine = startVirtualEngine(spec);
    engine.tell({ kind: "boot" });
    engine.tell(runOf({ tokens, outputTokensMax, ignoreEos: true }));
    while (engine.fireNext());
    const { work, sequencesUs } = told(engine);
    const seconds = sequencesUs / 1e6;
    return {
      mfu: (work.gflop * 1e9) / seconds / 989.4e12,
      mbu: ((work.megabytes ?? 0) * 1e6) / seconds / 3.35e12,
    };
  };
  const decoding = ratesOf(16, 400);
  assert.ok(decoding.mbu > 0.6 && decoding.mbu < 0.8, `MBU ${decoding.mbu}`);
  assert.ok(decoding.mfu < 0.01, `MFU ${decoding.mfu}`);
  const prefilling = ratesOf(2048, 1);
  assert.ok(prefilling.mfu > 0.6 && prefilling.mfu < 0.8, `MFU ${prefilling.mfu}`);
  assert.ok(prefilling.mbu < 0.2, `MBU ${prefilling.mbu}`);
});

test("nothing that a table can do is beyond its GPU's peak", () => {
  for (const name of profileNames) {
    const profile = profileNamed(name);
    const { flops, weightBytes, peak } = replicaWork(profile, 1);
    profile.knotTokens.forEach((tokens, index) => {
      const seconds = ((profile.knotMs[index] ?? 0) + profile.hostMs) / 1e3;
      const mfu = (flops.perToken * tokens) / seconds / (peak.flopsPerS ?? Infinity);
      const mbu = weightBytes / seconds / (peak.bytesPerS ?? Infinity);
      assert.ok(mfu < 1 && mbu < 1, `${name} at ${tokens}: MFU ${mfu}, MBU ${mbu}`);
    });
  }
});

test("who attends to more computes more, and who is in the step with him reads the weights with him", () => {
  const engine = startVirtualEngine(spec);
  engine.tell({ kind: "boot" });
  for (const [tenant, tokens] of [
    ["long", 1500],
    ["short", 100],
  ] as const) {
    const run = runOf({ tokens, outputTokensMax: 50, ignoreEos: true });
    engine.tell({ ...run, tenant: tenant as TenantId });
  }
  while (engine.fireNext());
  const accountOf = (name: TenantId) => {
    const { gflop = 0, megabytes = 0 } =
      told(engine).tenants?.find(({ tenant }) => tenant === name) ?? {};
    return { gflop, megabytes };
  };
  const [long, short] = [accountOf("long" as TenantId), accountOf("short" as TenantId)];
  assert.ok(long.gflop > 5 * short.gflop);
  assert.ok(long.megabytes > short.megabytes);
  assert.ok(short.megabytes > 0.3 * long.megabytes, "decodes share the weights");
});

test("a replica whose time is stretched is a slower GPU that is used as much", () => {
  const at = (timeScale: number): number => {
    const engine = startVirtualEngine({ ...spec, timeScale });
    engine.tell({ kind: "boot" });
    engine.tell(runOf({ tokens: 16, outputTokensMax: 100, ignoreEos: true }));
    while (engine.fireNext());
    const { work, wallUs } = told(engine);
    return (work.megabytes ?? 0) / wallUs / (work.peak?.bytesPerS ?? 0);
  };
  assert.ok(Math.abs(at(0.1) / at(1) - 1) < 0.01);
});

test("simulated GPUs are read as alike, busy as their kernels were, full of weights and held KV", () => {
  const engine = startVirtualEngine({
    ...spec,
    profile: "qwen25_72b/tp2/fp8",
    gpus: 2,
    kvBlocks: 9000,
  });
  engine.tell({ kind: "boot" });
  engine.advance(1000);
  assert.deepEqual(
    told(engine).readings?.map(({ gpu, busyRatio }) => [gpu, busyRatio]),
    [
      [0, 0],
      [1, 0],
    ],
  );
  engine.tell(runOf({ tokens: 1000, outputTokensMax: 400, ignoreEos: true }));
  engine.advance(2000);
  const [first, second] = told(engine).readings ?? [];
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual({ ...second, gpu: 0 }, first);
  assert.ok((first.busyRatio ?? 0) > 0.9 && (first.busyRatio ?? 0) <= 1);
  const { weightBytesPerGpu, kvBytesPerTokenPerGpu } = profileNamed("qwen25_72b/tp2/fp8").memory;
  const kvBytes = (first.memoryUsedBytes ?? 0) - weightBytesPerGpu;
  assert.ok(kvBytes > 1000 * kvBytesPerTokenPerGpu && kvBytes < 1500 * kvBytesPerTokenPerGpu);
  assert.equal(first.powerWatts, undefined);
});
