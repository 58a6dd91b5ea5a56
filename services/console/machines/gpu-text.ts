// What `fairlead gpus` prints: each GPU as it is read, and whose the pools' GPU time was. What is not known is left empty.

import type { GpuReading } from "#shared/messages/gpu-reading.ts";
import type { GpuShareLine, GpuWorkerStatus } from "./gpu-status.ts";
import type { Cell } from "#services/console/text-table.ts";
import { textTable } from "#services/console/text-table.ts";

export interface GpusAnswer {
  readonly workers: readonly GpuWorkerStatus[];
  readonly shares: readonly GpuShareLine[];
}

export const gpusText = ({ workers, shares }: GpusAnswer): string =>
  [
    textTable(
      ["WORKER", "GPU", "NAME", "BY", "BUSY", "MEMORY GB", "POWER W", "ECC", "MFU", "MBU"],
      workers.flatMap(gpuRows),
    ),
    "",
    textTable(
      ["POOL", "WHOSE", "GPU SECONDS", "SHARE", "TFLOP", "TB"],
      shares.map((line) => [
        line.pool,
        line.kind === "tenant" ? (line.tenant ?? "") || "(others)" : `(${line.kind})`,
        line.gpuSeconds.toFixed(3),
        percent(line.shareRatio),
        scaled(line.flops, 1e12),
        scaled(line.bytes, 1e12),
      ]),
    ),
  ].join("\n");

/** A worker whose GPUs cannot be read has a row all the same. */
function gpuRows(status: GpuWorkerStatus): readonly (readonly Cell[])[] {
  const { worker, readings } = status;
  const used = [percent(status.mfuRatio), percent(status.mbuRatio)];
  if (readings.length === 0) return [[worker, "", "", "not read", "", "", "", "", ...used]];
  return readings.map((reading) => [worker, reading.gpu, ...readingCells(reading), ...used]);
}

const readingCells = (reading: GpuReading): readonly Cell[] => [
  reading.name,
  reading.source,
  percent(reading.busyRatio),
  beside(scaled(reading.memoryUsedBytes, 1e9), scaled(reading.memoryBytes, 1e9)),
  beside(scaled(reading.powerWatts, 1), scaled(reading.powerLimitWatts, 1)),
  reading.eccUncorrected ?? "",
];

const percent = (ratio: number | undefined): string =>
  ratio === undefined ? "" : `${(ratio * 100).toFixed(1)} %`;

const scaled = (amount: number | undefined, unit: number): string =>
  amount === undefined ? "" : (amount / unit).toFixed(unit === 1 ? 0 : 1);

const beside = (used: string, whole: string): string =>
  used === "" || whole === "" ? used : `${used} / ${whole}`;
