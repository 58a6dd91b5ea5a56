// What processes, edges and workers say of themselves under their registration keys. Written by this fleet's
// own owners; whatever else stands there is ignored.

import type { KeyEntry } from "./coordination.ts";
import { edgePrefix, processPrefix, workerPrefix } from "./coordination-keys.ts";
import type { EdgeId, PoolId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { PlacedEdge, PoolWorker } from "#shared/messages/pool-members.ts";

export interface WorkerRegistration {
  readonly zone: string;
  readonly host: WorkerHostId;
  readonly pool: PoolId;
  /** `host:port` of its process's data plane. */
  readonly dataPlane?: string;
}

export interface ProcessRegistration {
  readonly zone: string;
  readonly isControl: boolean;
}

export interface RegisteredWorker extends PoolWorker {
  readonly pool: PoolId;
  /** `host:port`; empty where edges and workers share a process. */
  readonly dataPlane: string;
}

export const encodeRegistration = (
  registration: WorkerRegistration | ProcessRegistration | { readonly zone: string },
): string => JSON.stringify(registration);

export function registeredWorkers(entries: readonly KeyEntry[]): readonly RegisteredWorker[] {
  return entries.flatMap(({ key, value, epoch }) => {
    const { zone, host, pool, dataPlane } = decode(value);
    if (typeof zone !== "string" || typeof host !== "string" || typeof pool !== "string") return [];
    return {
      worker: key.slice(workerPrefix.length) as WorkerId,
      // A worker's life is its registration: the next one's number is larger.
      incarnation: epoch,
      zone,
      host: host as WorkerHostId,
      pool: pool as PoolId,
      dataPlane: typeof dataPlane === "string" ? dataPlane : "",
    };
  });
}

export const registeredEdges = (entries: readonly KeyEntry[]): readonly PlacedEdge[] =>
  entries.map(({ key, value }) => {
    const { zone } = decode(value);
    const edge = key.slice(edgePrefix.length) as EdgeId;
    return { edge, zone: typeof zone === "string" ? zone : "" };
  });

/** Those that claim shards and pools, and where each stands. */
export const controlProcesses = (entries: readonly KeyEntry[]): ReadonlyMap<string, string> =>
  new Map(
    entries.flatMap(({ key, value }): [string, string][] => {
      const { isControl, zone } = decode(value);
      const known = typeof zone === "string" ? zone : "";
      return isControl === true ? [[key.slice(processPrefix.length), known]] : [];
    }),
  );

interface Decoded {
  readonly zone?: unknown;
  readonly host?: unknown;
  readonly pool?: unknown;
  readonly dataPlane?: unknown;
  readonly isControl?: unknown;
}

function decode(value: string): Decoded {
  try {
    const decoded: unknown = JSON.parse(value);
    return typeof decoded === "object" && decoded !== null ? decoded : {};
  } catch {
    return {};
  }
}
