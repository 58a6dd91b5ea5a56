// The small fleet of a simulated seed: scarce on purpose, so that queues form, blocks run out and limits bite.

import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { Adapter, Fleet, Model, Pool, Tenant, WorkerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { Quota } from "#shared/model/quota.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";

/** Few, so that every process owns some and a takeover touches several tenants. */
export const shardCount = 8;

export const poolLarge = "llama-1.eu.interactive" as PoolId;
export const poolSmall = "mistral-1.eu.interactive" as PoolId;

/** No engine survives a prompt with this in it and a fault's name behind it. */
export const faultText = "FAIL-ENGINE:";

export const edgeNames: readonly string[] = ["edge-a", "edge-b"];
export const controlNames: readonly string[] = ["control-a", "control-b", "control-c"];

/** Where a process stands: half here, half there. */
export const zoneOf = (process: string): string => (/[a1c3]$/.test(process) ? "zone-1" : "zone-2");

const roomy: TenantLimits = {
  queueLengthMax: 200,
  concurrencyMax: 24,
  contextTokensMax: 4096,
  requestsPerMinute: 600,
  tokensPerMinute: 2_000_000,
};

/** Of its two pools' four workers it may run on one each. */
const residencies: ReadonlyMap<string, readonly string[]> = new Map([["dingy", ["zone-2"]]]);

/** Zones outside which none of a tenant's requests may run. Undefined: anywhere. */
export const residencyOf = (tenant: string): readonly string[] | undefined =>
  residencies.get(tenant);

const residencyTerm = (tenant: string): { readonly residency?: readonly string[] } => {
  const residency = residencyOf(tenant);
  return residency === undefined ? {} : { residency };
};

/** It has quotas, of which each bites before its windows end, and asks only for what is its own in the workload. */
export const quotaTenant = "ember";

const quotas: readonly Quota[] = [
  { period: "hour", metric: "tokens", limit: 2500, mode: "hard" },
  { period: "day", metric: "requests", limit: 12, mode: "hard" },
  { period: "week", metric: "output-tokens", limit: 900, mode: "soft" },
  { period: "month", metric: "gpu-seconds", limit: 5, mode: "soft" },
];

const withQuotas = (tenant: Tenant): Tenant => ({
  ...tenant,
  policy: { ...tenant.policy, quotas },
});

const tenantWith = (name: string, weight: number, limits: Partial<TenantLimits>): Tenant => ({
  policy: {
    tenant: name as TenantId,
    tier: `tier-${weight}`,
    weight,
    band: 0,
    limits: { ...roomy, ...limits },
    ...residencyTerm(name),
  },
  trustGroup: name,
  models: ["llama", "mistral"],
});

/** They ask for nothing but their part of the rush. */
export const rushTenants: readonly string[] = ["xeno", "yarn", "zinc"];

const tenants: readonly Tenant[] = [
  tenantWith("acme", 4, {}),
  tenantWith("bolt", 2, { concurrencyMax: 8 }),
  tenantWith("corner", 1, { concurrencyMax: 4, queueLengthMax: 12 }),
  tenantWith("dingy", 1, {
    concurrencyMax: 2,
    queueLengthMax: 8,
    requestsPerMinute: 15,
    tokensPerMinute: 3500,
  }),
  ...rushTenants.map((name, index) => tenantWith(name, index === 0 ? 2 : 1, { concurrencyMax: 5 })),
  withQuotas(tenantWith(quotaTenant, 1, { concurrencyMax: 4 })),
];

const modelOf = (id: string): Model => ({
  id,
  version: `${id}-1`,
  tokenizer: "quad",
  contextTokensMax: 4096,
  outputTokensDefault: 128,
  createdAtEpochS: 1_760_000_000,
});

const poolOf = (id: PoolId, model: string): Pool => ({
  id,
  model,
  region: "eu",
  class: "interactive",
});

const digestOf = (digit: string): AdapterDigest => digit.repeat(64) as AdapterDigest;

const adapterOf = (name: string, digit: string, owners: readonly string[]): Adapter => ({
  name,
  digest: digestOf(digit),
  model: "llama",
  bytes: 50_000_000,
  tenants: owners as readonly TenantId[],
});

const adapters: readonly Adapter[] = [
  adapterOf("acme-tone", "a", ["acme"]),
  adapterOf("bolt-law", "b", ["bolt"]),
  adapterOf("shared-sum", "c", ["acme", "bolt", "corner"]),
];

export function fleetOf(random: SeededRandom): Fleet {
  const worker = (number: number, pool: PoolId): WorkerSpec => ({
    id: `worker-${number}` as WorkerId,
    pool,
    zone: zoneOf(`worker-${number}`),
    host: `worker-${number}` as WorkerHostId,
    engine: {
      kind: "simulated",
      profile: "llama3_8b/tp1/bfloat16",
      gpus: 1,
      kvBlocks: random.between(40, 110),
      kvBlockTokens: 16,
      sequencesMax: random.between(3, 8),
      stepTokensMax: 512,
      adapterSlots: 2,
      // The small pool is quick, so that a rush there is over in a few seconds.
      timeScale: pool === poolSmall ? 1 : random.between(2, 5),
      faultText,
    },
  });
  return {
    version: 1,
    tenants,
    keys: [],
    models: [modelOf("llama"), modelOf("mistral")],
    pools: [poolOf(poolLarge, "llama"), poolOf(poolSmall, "mistral")],
    workers: [
      worker(1, poolLarge),
      worker(2, poolLarge),
      worker(3, poolLarge),
      worker(4, poolSmall),
    ],
    adapters,
  };
}
