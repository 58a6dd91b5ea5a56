import assert from "node:assert/strict";
import { test } from "node:test";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { GpuWork } from "#shared/messages/gpu-reading.ts";
import { gpuUse } from "./gpu-use.ts";

const at = (wallS: number, work?: GpuWork): GpuTime => ({
  kind: "gpu-time",
  upUs: 0,
  wallUs: wallS * 1e6,
  gpus: 2,
  sequencesUs: 0,
  overheadUs: 0,
  idleUs: wallS * 2e6,
  ...(work === undefined ? {} : { work }),
});
const peak = { flopsPerS: 1e15, bytesPerS: 4e12 };

test("use is what was added since the last word, over the peak of all GPUs", () => {
  const before = at(10, { gflop: 1_000_000, megabytes: 2_000_000, peak });
  const now = at(15, { gflop: 2_000_000, megabytes: 12_000_000, peak });
  assert.deepEqual(gpuUse(now, before), {
    seconds: 5,
    flopsPerS: 2e14,
    mfuRatio: 0.2,
    bytesPerS: 2e12,
    mbuRatio: 0.5,
  });
});

test("what is not known is absent, and not 0", () => {
  assert.deepEqual(gpuUse(at(5), undefined), { seconds: 5 });
  assert.deepEqual(gpuUse(at(5, { gflop: 500 }), undefined), { seconds: 5, flopsPerS: 1e11 });
  assert.deepEqual(gpuUse(at(5, { gflop: 500, peak: { bytesPerS: 1 } }), at(0)), {
    seconds: 5,
    flopsPerS: 1e11,
  });
  assert.equal(gpuUse(at(5), at(5)), undefined);
});
