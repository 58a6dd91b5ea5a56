// The operator's standing wishes about workers and zones, one key each: no new work there, or none and what runs moves
// away. They hang on no lease, so they outlast every process; a worker that registers later finds its own.

import type { WorkerId } from "#shared/model/ids.ts";
import type { KeyEntry } from "./coordination.ts";

export const drainPrefix = "/drain/";
export const workerDrainKey = (worker: string): string => `${drainPrefix}worker/${worker}`;
export const zoneDrainKey = (zone: string): string => `${drainPrefix}zone/${zone}`;

export type DrainFlag =
  | { readonly kind: "cordon" }
  /** What runs has so long to end by itself. */
  | { readonly kind: "drain"; readonly patienceMs: number };

export interface DrainFlags {
  readonly workers: ReadonlyMap<string, DrainFlag>;
  readonly zones: ReadonlyMap<string, DrainFlag>;
}

export const noDrainFlags: DrainFlags = { workers: new Map(), zones: new Map() };

/** A key is never taken away, so that one who overlooked the change sees it in the next list. */
const off = "off";

export const encodeDrainFlag = (flag: DrainFlag | undefined): string =>
  flag === undefined ? off : JSON.stringify(flag);

/** Whatever else stands under the prefix is no wish. */
export function drainFlags(entries: readonly KeyEntry[]): DrainFlags {
  const workers = new Map<string, DrainFlag>();
  const zones = new Map<string, DrainFlag>();
  for (const { key, value } of entries) {
    const [family, name = ""] = key.slice(drainPrefix.length).split("/");
    const flag = decode(value);
    if (flag === undefined) continue;
    if (family === "worker") workers.set(name, flag);
    if (family === "zone") zones.set(name, flag);
  }
  return { workers, zones };
}

/** Its own or its zone's, whichever asks for more. */
export function flagOf(
  { workers, zones }: DrainFlags,
  { worker, zone }: { readonly worker: WorkerId; readonly zone: string },
): DrainFlag | undefined {
  const own = workers.get(worker);
  const ofZone = zones.get(zone);
  if (own === undefined || ofZone === undefined) return own ?? ofZone;
  if (own.kind === "cordon") return ofZone;
  if (ofZone.kind === "cordon") return own;
  return own.patienceMs <= ofZone.patienceMs ? own : ofZone;
}

export const isDrained = ({ zones }: DrainFlags, zone: string): boolean =>
  zones.get(zone)?.kind === "drain";

function decode(value: string): DrainFlag | undefined {
  if (value === off) return undefined;
  try {
    const { kind, patienceMs } = JSON.parse(value) as Record<string, unknown>;
    if (kind === "cordon") return { kind };
    return kind === "drain" && typeof patienceMs === "number" ? { kind, patienceMs } : undefined;
  } catch {
    return undefined;
  }
}
