// CPU and memory of a target, part by part.

import { cpuSeconds, residentKb } from "./child-process.ts";
import type { PartName, PerPart, Target } from "./target.ts";

export const cpuOfParts = (target: Target): PerPart => ofParts(target, cpuSeconds);
export const residentOfParts = (target: Target): PerPart => ofParts(target, residentKb);

function ofParts({ parts }: Target, figure: (pid: number) => number): PerPart {
  const entries = Object.entries(parts).map(([name, pids]) => [
    name,
    pids.reduce((sum, pid) => sum + figure(pid), 0),
  ]);
  return Object.fromEntries(entries) as PerPart;
}

/** What each part's figure grew by, times `factor`. */
export const growth = (before: PerPart, after: PerPart, factor: number): PerPart =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [
      name,
      (value - (before[name as PartName] ?? 0)) * factor,
    ]),
  ) as PerPart;

export const sumOf = (parts: PerPart): number =>
  Object.values(parts).reduce((sum, value) => sum + value, 0);
