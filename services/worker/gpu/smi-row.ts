// What nvidia-smi is asked, and what a line of its answer means. Names, units and the words for what is missing are those of
// `nvidia-smi --help-query-gpu` and of its manual page (docs.nvidia.com/deploy/nvidia-smi); both say that the output is not
// kept compatible between drivers, so a field that one does not know is left out of the question (`nvidia-smi.ts`).

import type { GpuReading } from "#shared/messages/gpu-reading.ts";

/** Every answer has them: without them nobody knows whose line it is. */
const identity = ["index", "uuid", "pci.bus_id", "name"] as const;

const readings = [
  // "Percent of time over the past sample period during which one or more kernels was executing on the GPU"; a sample period is
  // a sixth of a second to a second. On a GPU split by MIG: [N/A].
  "utilization.gpu",
  "memory.total",
  "memory.used",
  // On Ampere and later but GA100: averaged over a second; before: at the moment.
  "power.draw",
  "enforced.power.limit",
  // Since the driver was loaded; `aggregate` would be of the board's life.
  "ecc.errors.uncorrected.volatile.total",
  // Drivers from 450 on.
  "mig.mode.current",
  // None, Reset, Reboot, Drain P2P, Drain and Reset: what the driver wants done. Newer drivers only.
  "gpu_recovery_action",
] as const;

export type SmiField = (typeof identity)[number] | (typeof readings)[number];

export const smiFields: readonly SmiField[] = [...identity, ...readings];

export const isOptionalField = (field: string): boolean =>
  readings.some((reading) => reading === field);

/** In base units. What it does not tell is absent. */
export type SmiFigures = Pick<
  GpuReading,
  | "busyRatio"
  | "memoryBytes"
  | "memoryUsedBytes"
  | "powerWatts"
  | "powerLimitWatts"
  | "eccUncorrected"
>;

export interface SmiGpu {
  readonly index: string;
  readonly uuid: string;
  readonly busId: string;
  readonly name: string;
  /** By MIG: what it says of time, memory and power would be of all slices together, and is left out. */
  readonly isPartitioned: boolean;
  readonly figures: SmiFigures;
  readonly trouble?: GpuTrouble;
}

/** Until somebody sees to it: the driver has lost it, or wants it reset. */
export type GpuTrouble = "lost" | "needs-reset";

/** A cell of a GPU that is gone, in whatever column. */
const lostCell = "[gpu is lost]";
const resetCell = "[gpu requires reset]";
/** Not there, or not for us; NVML's words for an error stand in brackets like these. */
const missingCell = /^(\[[^\]]*\]|n\/a|not supported|not available|)$/i;
/** Of the recovery actions: Reset, Reboot, Drain and Reset. */
const resetAction = /\b(reset|reboot)\b/i;
const mebibyte = 2 ** 20;

type Cells = ReadonlyMap<SmiField, string>;

/** Undefined: no such line. */
export function smiRow(line: string, fields: readonly SmiField[]): SmiGpu | undefined {
  const values = line.split(",").map((cell) => cell.trim());
  if (values.length !== fields.length) return undefined;
  const cells: Cells = new Map(fields.map((field, index) => [field, values[index] ?? ""]));
  const trouble = troubleOf(cells);
  const isPartitioned = cells.get("mig.mode.current") === "Enabled";
  const figures = figuresOf(cells);
  const uuid = textOf(cells, "uuid");
  if (figures === undefined || (trouble === undefined && !uuid.startsWith("GPU-")))
    return undefined;
  const { eccUncorrected } = figures;
  const ofAllSlices = eccUncorrected === undefined ? {} : { eccUncorrected };
  return {
    index: textOf(cells, "index"),
    uuid,
    busId: textOf(cells, "pci.bus_id"),
    name: textOf(cells, "name"),
    isPartitioned,
    figures: isPartitioned ? ofAllSlices : figures,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function troubleOf(cells: Cells): GpuTrouble | undefined {
  const words = [...cells.values()].map((cell) => cell.toLowerCase());
  if (words.includes(lostCell)) return "lost";
  const action = cells.get("gpu_recovery_action") ?? "";
  return words.includes(resetCell) || resetAction.test(action) ? "needs-reset" : undefined;
}

/** Empty where it is an error's name. */
function textOf(cells: Cells, field: SmiField): string {
  const cell = cells.get(field) ?? "";
  return missingCell.test(cell) ? "" : cell;
}

/** Where each is found, what it may be at most, and how many base units are in one. */
const columns: Readonly<Record<keyof SmiFigures, readonly [SmiField, max: number, scale: number]>> =
  {
    busyRatio: ["utilization.gpu", 100, 0.01],
    memoryBytes: ["memory.total", 1e9, mebibyte],
    memoryUsedBytes: ["memory.used", 1e9, mebibyte],
    powerWatts: ["power.draw", 1e5, 1],
    powerLimitWatts: ["enforced.power.limit", 1e5, 1],
    eccUncorrected: ["ecc.errors.uncorrected.volatile.total", 1e15, 1],
  };

/** Undefined: one of them is neither a number that can be nor missing. */
function figuresOf(cells: Cells): SmiFigures | undefined {
  const figures: Partial<Record<keyof SmiFigures, number>> = {};
  for (const [name, [field, max, scale]] of Object.entries(columns)) {
    const cell = cells.get(field) ?? "";
    if (missingCell.test(cell)) continue;
    const value = /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : Number.NaN;
    if (!(value <= max)) return undefined;
    figures[name as keyof SmiFigures] = value * scale;
  }
  return figures;
}
