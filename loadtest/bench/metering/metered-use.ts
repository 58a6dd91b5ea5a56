// The usage that an emitter hands in, made from its number alone: whoever knows which numbers were handed in knows every
// account that there must be in the ledger, to the microsecond.

import type { AdapterDigest, PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { UsageRecord } from "#shared/model/usage.ts";

export interface Use {
  readonly emitter: number;
  /** Of its process: numbers begin anew with each. */
  readonly life: number;
  readonly index: number;
}

/** One in so many is told when it opens too. */
export const openEvery = 10;
/** One in so many is told by a second witness, another emitter. */
export const witnessedEvery = 20;

const tenants = 50;

export const requestOf = ({ emitter, life, index }: Use): string => `${emitter}-${life}-${index}`;
export const tenantOf = ({ emitter, index }: Use): string => `t${(emitter * 7 + index) % tenants}`;
export const gpuUsOf = ({ emitter, index }: Use): number =>
  1_000 + ((index * 7919 + emitter * 104_729) % 500_000);

export function recordOf(use: Use, isFinal: boolean): UsageRecord {
  const gpuUs = gpuUsOf(use);
  return {
    tenant: tenantOf(use) as TenantId,
    requestId: requestOf(use) as RequestId,
    model: "llama3-8b",
    modelVersion: "1",
    adapterDigest: "" as AdapterDigest,
    pool: "llama3-8b-eu" as PoolId,
    poolClass: "interactive",
    tier: "standard",
    worker: "worker-a-1/0" as WorkerId,
    workerType: "simulated-h100/llama3_8b/tp1/bfloat16",
    zone: "zone-a",
    arrivedAtEpochMs: 1_790_000_000_000 + use.index,
    promptTokens: 900,
    cachedTokens: 128,
    outputTokens: isFinal ? 200 : 0,
    splitAtEpochMs: 0,
    outputTokensBefore: 0,
    queueMs: 3.25,
    prefillMs: 41.5,
    decodeMs: isFinal ? 2130.75 : 0,
    kvBlockMs: isFinal ? 150_000 : 0,
    preemptions: 0,
    attempts: 1,
    gpuUs: isFinal ? gpuUs : Math.floor(gpuUs / 2),
    outcome: isFinal ? "stop" : "",
  };
}
