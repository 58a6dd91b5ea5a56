import assert from "node:assert/strict";
import { test } from "node:test";
import { gpuNamed, peakRates } from "./peak-rates.ts";

test("a replica's peak is that of its GPUs together, and dense", () => {
  assert.deepEqual(peakRates("h100", "bfloat16", 2), {
    flopsPerS: 2 * 989.4e12,
    bytesPerS: 6.7e12,
  });
});

test("a rate that no datasheet gives is absent", () => {
  assert.deepEqual(peakRates("a10g", "bfloat16", 1), {});
  assert.equal(peakRates("a100With80", "fp8", 1).flopsPerS, undefined);
});

test("only products that are known have peaks", () => {
  assert.equal(gpuNamed("NVIDIA H100 80GB HBM3"), "h100");
  assert.equal(gpuNamed("NVIDIA H100 PCIe"), "h100Pcie");
  for (const name of ["", "NVIDIA H100 NVL", "NVIDIA GeForce RTX 4090"]) {
    assert.equal(gpuNamed(name), undefined, name);
  }
});
