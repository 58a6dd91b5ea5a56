// Processes as the operator's questions find them, for tests: each with states as its actors would have them, its own
// telemetry and its own clock.

import type { Address } from "#shared/actor/actor.ts";
import type { InspectableHost } from "#shared/actor/host.ts";
import type { Answering } from "#shared/bus/asking.ts";
import {
  kvAccountantAddress,
  routerAddress,
  tenantQueueAddress,
  workerAddress,
} from "#shared/messages/addresses.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import { createTelemetry } from "#shared/telemetry/telemetry.ts";
import type { ToKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { kvAccountant } from "#services/kv-accountant/kv-accountant.actor.ts";
import { scriptedGpu } from "#services/console/scripted/scripted-gpu.ts";
import { tenantQueue } from "#services/tenant-queue/tenant-queue.actor.ts";
import { answerQuestions } from "./process-answers.ts";
import { closedBreaker } from "#services/router/worker-breaker.ts";

export const pool = "m.eu.interactive" as PoolId;

/** A fleet with so many tenants, t-0 and on, one pool, and workers w-1 and w-2. */
export function scriptedFleet(tenants: number): Fleet {
  const limits = {
    requestsPerMinute: 600,
    tokensPerMinute: 60_000,
    concurrencyMax: 8,
    queueLengthMax: 16,
    contextTokensMax: 4096,
  };
  return {
    version: 7,
    tenants: Array.from({ length: tenants }, (_, index) => ({
      policy: { tenant: `t-${index}`, tier: "starter", weight: 1, band: 1, limits },
    })),
    pools: [{ id: pool, model: "m", region: "eu", class: "interactive" }],
    workers: ["w-1", "w-2"].map((id) => ({ id, pool, zone: "a", host: `host-${id}` })),
    models: [{ id: "m" }],
    keys: [],
    adapters: [],
  } as unknown as Fleet;
}

export interface ScriptedProcess {
  readonly telemetry: Telemetry;
  /** What lives there, by address. */
  readonly states: Map<Address, unknown>;
  /** A note, at that moment by this process's clock. */
  say(event: string, fields: Readonly<Record<string, string | number>>, epochMs: number): void;
  stop(): void;
}

export interface ScriptedProcessFacts {
  readonly role: string;
  readonly process: string;
  readonly answering: Answering;
  readonly fleet: Fleet;
  readonly isReady?: boolean;
}

export function scriptedProcess(facts: ScriptedProcessFacts): ScriptedProcess {
  const { role, process, answering, fleet, isReady = true } = facts;
  const states = new Map<Address, unknown>();
  // No two processes' clocks began at the same moment.
  const beganAtEpochMs = 1_700_000_000_000 + process.length * 1000;
  const telemetry = createTelemetry({ nowMs: () => 0, epochMs: () => beganAtEpochMs });
  telemetry.knowFleet(fleet);
  const statesOf: InspectableHost["statesOf"] = (kind) =>
    new Map([...states].filter(([address]) => address.startsWith(`${kind}/`)));
  const host = { statesOf, nowMs: () => 5_000 } as unknown as InspectableHost;
  const stop = answerQuestions({
    answering,
    host,
    fleet: () => fleet,
    telemetry,
    self: { role, process, zone: "a" },
    readiness: () => ({ isReady, missing: isReady ? [] : ["a lease"] }),
  });
  return {
    telemetry,
    states,
    stop,
    say: (event, fields, epochMs) => {
      telemetry.onNote({
        kind: "note",
        event,
        fields,
        actor: `${event.split(".")[0]}/x` as Address,
        nowMs: epochMs - beganAtEpochMs,
      });
    },
  };
}

export function placeQueue(
  { states }: ScriptedProcess,
  tenant: string,
  { shardEpoch, waiting = 0 }: { readonly shardEpoch: number; readonly waiting?: number },
): void {
  const address = tenantQueueAddress(tenant as TenantId);
  const queue = tenantQueue.init(address);
  states.set(address, { ...queue, tenure: { shard: 1, shardEpoch }, ungranted: waiting });
}

const scriptedAudit = {
  readings: [{ band: 1, tenants: 2, gap: 300, bound: 900, jainPpm: 990_000 }],
  lately: () =>
    ["t-0", "t-1"].map((tenant, index) => ({
      account: { tenant, band: 1, weight: 1, waiting: { size: index }, placements: 1 },
      served: 600 - 300 * index,
    })),
};

export function placePool(
  { states }: ScriptedProcess,
  { poolEpoch, waiting = 0 }: { readonly poolEpoch: number; readonly waiting?: number },
): void {
  const worker = {
    isCollected: true,
    seq: 1,
    isCordoned: false,
    isSuspected: false,
    breaker: closedBreaker(),
  };
  const owned = {
    poolEpoch,
    offers: { size: waiting },
    placements: { requests: 1 },
    policy: { virtualTime: () => 9 },
    audit: scriptedAudit,
    gpu: scriptedGpu(),
    neighbours: { slownessOf: () => 1500 },
    narrowings: {
      all: () => [{ tenant: "t-1", workers: 1, by: "detection" }],
      of: () => ({ workers: 1 }),
    },
    workers: new Map([["w-1", worker]]),
  };
  states.set(routerAddress(pool), { owned });
}

/** With a worker of 100 blocks, of which t-0 has 40 and is guaranteed 10. */
export function placeAccountant({ states }: ScriptedProcess, poolEpoch: number): void {
  const address = kvAccountantAddress(pool);
  const state = kvAccountant.init(address);
  const life = { worker: "w-1" as WorkerId, incarnation: 3 };
  const tenant = "t-0" as TenantId;
  const messages: readonly ToKvAccountant[] = [
    { kind: "placed", pool, poolEpoch },
    { kind: "block-report", ...life, seq: 1, totalBlocks: 100, usedBlocks: 0, sequences: [] },
    {
      kind: "reserve",
      requestId: "r1" as RequestId,
      attempt: 1,
      tenant,
      ...life,
      blocks: 40,
      guaranteedBlocks: 10,
      poolEpoch,
      place: 1,
    },
  ];
  for (const message of messages) {
    kvAccountant.receive(state, { from: routerAddress(pool), nowMs: 0, message });
  }
  states.set(address, state);
}

export function startWorker(
  { states }: ScriptedProcess,
  worker: string,
  incarnation: number,
): void {
  states.set(workerAddress(worker as WorkerId), {
    incarnation,
    engineUp: { workerType: "simulated", sequencesMax: 8, totalBlocks: 100 },
    live: new Map(),
    residents: new Set(["ab"]),
    freeBlocks: 90,
    usedBlocks: 10,
    outbox: { waiting: new Map() },
    isDraining: false,
    isCordoned: false,
  });
}

/** Its engine has told of two seconds of its GPU, of which acme had one. */
export function measureWorker({ states }: ScriptedProcess, worker: string): void {
  const address = workerAddress(worker as WorkerId);
  states.set(address, {
    ...(states.get(address) as object),
    gpuUse: { seconds: 2, mfuRatio: 0.25 },
    gpuTime: {
      kind: "gpu-time",
      upUs: 0,
      wallUs: 2_000_000,
      gpus: 1,
      sequencesUs: 1_000_000,
      overheadUs: 400_000,
      idleUs: 600_000,
      tenants: [{ tenant: "t-0", gpuUs: 1_000_000, gflop: 7 }],
      work: { gflop: 7, peak: { flopsPerS: 14e9 } },
      readings: [{ gpu: 0, name: "h100", source: "model", busyRatio: 0.5 }],
    },
  });
}

export function countUsage({ states }: ScriptedProcess, process: string, records: number): void {
  states.set(`meter/${process}` as Address, {
    buffer: { open: new Map(), settled: new Map() },
    inFlight: { records: Array.from({ length: records }) },
    takenEntries: 0,
  });
}
