// What stands in the seed fleet at a scale: its tenants, pools, replicas and processes. All figures of its own are here.

import type { Adapter, SimulatedEngineSpec, WorkerSpec } from "#shared/model/fleet.ts";
import type {
  AdapterDigest,
  EdgeId,
  PoolId,
  TenantId,
  WorkerHostId,
  WorkerId,
} from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";

/** Scale 1. */
export const fullFleet = { tenants: 500, gpus: 2000, requestsPerS: 10_000, edges: 16, controls: 8 };

const gpusPerHost = 8;
const replicasPerPool = 100;
/** The nth tenant asks n^-0.8 times as often as the first: of 500, the first for 8 % of all. */
const popularity = 0.8;
/** One tenant in five has an adapter, and asks for nothing else. */
const adapterEvery = 5;
const neverBinds = 1e9;

/** Llama-3.1-8B in BF16 on one H100: a GPU is a replica. */
export const engineSpec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 27_750,
  kvBlockTokens: 16,
  sequencesMax: 256,
  stepTokensMax: 2048,
  adapterSlots: 8,
  timeScale: 1,
};

export interface FleetTenant {
  readonly policy: TenantPolicy;
  readonly control: string;
  /** Where it asks, each as often. */
  readonly pools: readonly PoolId[];
  readonly adapterDigest: AdapterDigest;
}

export interface FleetPlan {
  readonly scale: number;
  readonly requestsPerS: number;
  readonly tenants: readonly FleetTenant[];
  /** Requests in order of tenants, as running sums up to 1. */
  readonly popularity: readonly number[];
  readonly pools: readonly { readonly id: PoolId; readonly control: string }[];
  readonly workers: readonly WorkerSpec[];
  readonly adapters: readonly Adapter[];
  readonly edges: readonly EdgeId[];
  readonly controls: readonly string[];
}

const names = <Name extends string>(prefix: string, count: number): readonly Name[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${at}` as Name);

const scaled = (figure: number, scale: number): number => Math.max(1, Math.round(figure * scale));

const nth = <Item>(items: readonly Item[], at: number): Item => {
  const item = items[at % items.length];
  if (item === undefined) throw new Error("nothing to take from");
  return item;
};

export function planFleet(scale: number): FleetPlan {
  const controls = names<string>("control", scaled(fullFleet.controls, scale));
  const gpus = scaled(fullFleet.gpus, scale);
  const pools = names<PoolId>("pool", scaled(gpus / replicasPerPool, 1)).map((id, at) => ({
    id,
    control: nth(controls, at),
  }));
  const tenants = names<TenantId>("tenant", scaled(fullFleet.tenants, scale)).map((tenant, at) => ({
    policy: policyOf(tenant, at),
    control: nth(controls, at),
    pools: [nth(pools, at).id, nth(pools, 7 * at + 3).id],
    adapterDigest: at % adapterEvery === 1 ? digestOf(at) : baseModel,
  }));
  return {
    scale,
    requestsPerS: fullFleet.requestsPerS * scale,
    tenants,
    popularity: popularitySums(tenants.length),
    pools,
    workers: names<WorkerId>("worker", gpus).map((id, at) => ({
      id,
      pool: nth(pools, at).id,
      zone: nth(["a", "b", "c"], Math.floor(at / gpusPerHost)),
      host: `host-${Math.floor(at / gpusPerHost)}` as WorkerHostId,
      engine: engineSpec,
    })),
    adapters: tenants.flatMap(adaptersOf),
    edges: names<EdgeId>("edge", scaled(fullFleet.edges, scale)),
    controls,
  };
}

const policyOf = (tenant: TenantId, at: number): TenantPolicy => ({
  tenant,
  tier: "bench",
  weight: 1 + (at % 4),
  band: 0,
  limits: {
    queueLengthMax: neverBinds,
    concurrencyMax: neverBinds,
    contextTokensMax: neverBinds,
    requestsPerMinute: neverBinds,
    tokensPerMinute: neverBinds * 1000,
  },
});

const digestOf = (at: number): AdapterDigest => at.toString(16).padStart(64, "0") as AdapterDigest;

function adaptersOf({ policy, adapterDigest }: FleetTenant): readonly Adapter[] {
  if (adapterDigest === baseModel) return [];
  const { tenant } = policy;
  const name = `${tenant}-tone`;
  return [{ name, digest: adapterDigest, model: "llama", bytes: 50_000_000, tenants: [tenant] }];
}

function popularitySums(count: number): readonly number[] {
  const shares = Array.from({ length: count }, (_, at) => (at + 1) ** -popularity);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  return shares.map((share) => (sum += share / whole));
}
