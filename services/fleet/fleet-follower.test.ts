import assert from "node:assert/strict";
import { test } from "node:test";
import type { Adapter, EngineSpec, Tenant, WorkerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import { catalogOf } from "./fleet-follower.ts";

const limits = {
  queueLengthMax: 1,
  concurrencyMax: 1,
  contextTokensMax: 1,
  requestsPerMinute: 1,
  tokensPerMinute: 1,
};

const tenant = (name: string, keepsAdapters?: boolean): Tenant => ({
  policy: {
    tenant: name as TenantId,
    tier: "t",
    weight: 1,
    band: 0,
    limits,
    ...(keepsAdapters === undefined ? {} : { keepsAdapters }),
  },
  trustGroup: name,
  models: [],
});

const adapter = (name: string, ...tenants: readonly string[]): Adapter => ({
  name,
  digest: name as AdapterDigest,
  model: "m",
  bytes: 7,
  tenants: tenants as readonly TenantId[],
});

const worker = (name: string, engine: Partial<EngineSpec>): WorkerSpec => ({
  id: name as WorkerId,
  pool: "p" as PoolId,
  zone: "z",
  host: "h" as WorkerHostId,
  engine: {
    kind: "llama-cpp",
    modelPath: "/m",
    gpus: 1,
    kvBlocks: 1,
    kvBlockTokens: 16,
    sequencesMax: 1,
    adapters: [],
    ...engine,
  } as EngineSpec,
});

test("an adapter is kept if one of those who may use it keeps its adapters, and each worker's eviction is told", () => {
  const tenants = [tenant("acme", true), tenant("bolt", false), tenant("corner")];
  const adapters = [adapter("a", "corner", "acme"), adapter("b", "bolt"), adapter("c")];
  const workers = [worker("w1", { adapterEviction: "lfu" }), worker("w2", {})];
  const catalog = catalogOf({ adapters, tenants }, workers);
  assert.deepEqual(catalog.adapters, [
    { digest: "a", bytes: 7, isKept: true },
    { digest: "b", bytes: 7 },
    { digest: "c", bytes: 7 },
  ]);
  assert.deepEqual(catalog.evictions, [{ worker: "w1", eviction: "lfu" }]);
});
