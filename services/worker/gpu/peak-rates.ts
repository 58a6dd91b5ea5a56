// What a GPU could do at most, dense, from its vendor's datasheet: the denominators of MFU and MBU. A GPU that is not here has
// no MFU and no MBU: a guess would be a claim. NVIDIA's tables print tensor rates with 2:4 sparsity and say that half of it
// is the dense rate; no inference engine that we drive uses sparsity, so the halves are here.

import type { PeakRates } from "#shared/messages/gpu-reading.ts";

/** What the weights are multiplied in. */
export type Arithmetic = "bfloat16" | "fp8";

interface GpuPeaks {
  readonly bytesPerS?: number;
  readonly flopsPerS: Readonly<Partial<Record<Arithmetic, number>>>;
}

/** NVIDIA H100 datasheet, SXM: BFLOAT16 1,979 and FP8 3,958 TFLOPS with sparsity, 3.35 TB/s. */
const h100Sxm: GpuPeaks = {
  bytesPerS: 3.35e12,
  flopsPerS: { bfloat16: 989.4e12, fp8: 1978.9e12 },
};

export type KnownGpu = "h100" | "h100Pcie" | "h200" | "a100With80" | "a100With40" | "a10g";

const peaks: Readonly<Record<KnownGpu, GpuPeaks>> = {
  h100: h100Sxm,
  /** The same, PCIe: 1,513 and 3,026 TFLOPS with sparsity, 2 TB/s. */
  h100Pcie: { bytesPerS: 2e12, flopsPerS: { bfloat16: 756.5e12, fp8: 1513e12 } },
  /** NVIDIA H200 datasheet, SXM: the H100's arithmetic, 4.8 TB/s. */
  h200: { bytesPerS: 4.8e12, flopsPerS: h100Sxm.flopsPerS },
  /** NVIDIA A100 datasheet, SXM: 312 TFLOPS dense, no FP8; 80 GB: 2,039 GB/s, 40 GB: 1,555. */
  a100With80: { bytesPerS: 2.039e12, flopsPerS: { bfloat16: 312e12 } },
  a100With40: { bytesPerS: 1.555e12, flopsPerS: { bfloat16: 312e12 } },
  /** Amazon's own variant of the A10, whose datasheet was not found. 600 GB/s are named for it elsewhere, and the published step times that our table of it was made from would take 626. */
  a10g: { flopsPerS: {} },
};

/** Of so many of them together. */
export function peakRates(gpu: KnownGpu, arithmetic: Arithmetic, gpus: number): PeakRates {
  const { bytesPerS, flopsPerS } = peaks[gpu];
  const flops = flopsPerS[arithmetic];
  return {
    ...(bytesPerS === undefined ? {} : { bytesPerS: bytesPerS * gpus }),
    ...(flops === undefined ? {} : { flopsPerS: flops * gpus }),
  };
}

/** As nvidia-smi names them. */
const products: readonly (readonly [RegExp, KnownGpu])[] = [
  [/^NVIDIA H100 80GB HBM3$/, "h100"],
  [/^NVIDIA H100 PCIe$/, "h100Pcie"],
  [/^NVIDIA H200$/, "h200"],
  [/^NVIDIA A100-SXM4-80GB$/, "a100With80"],
  [/^NVIDIA A100-SXM4-40GB$/, "a100With40"],
];

export const gpuNamed = (product: string): KnownGpu | undefined =>
  products.find(([name]) => name.test(product))?.[1];
