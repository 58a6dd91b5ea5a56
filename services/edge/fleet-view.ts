// The desired state as the edge asks it: a key's owner by hash, a model's place by name. Built once per fleet
// version and replaced whole, so no request ever sees half of a change.

import type { ApiKey } from "#shared/model/api-key.ts";
import type { Adapter, Fleet, Model, Pool, Tenant, TokenizerChoice } from "#shared/model/fleet.ts";
import { tokenizerName } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import type { Tokenizer } from "#shared/model/tokenizer.ts";
import type { ServingZones } from "./serving-zones.ts";
import { describedZones, servesWithin } from "./serving-zones.ts";
import { prefixNamespace } from "./prefix-namespace.ts";

/** A key with its owner; `digest` is the key's SHA-256. */
export interface KnownKey {
  readonly key: ApiKey;
  readonly tenant: Tenant;
  readonly digest: Buffer;
}

/** What a tenant reaches under one model name. */
export interface Target {
  readonly model: Model;
  /** Absent: this edge could not load it. */
  readonly tokenizer: Tokenizer | undefined;
  /** Absent: no pool serves this model now. */
  readonly pool: PoolId | undefined;
  /** Zones outside which the tenant's requests may not run. Absent: anywhere. */
  readonly residency?: readonly string[];
  readonly adapterDigest: AdapterDigest;
  readonly namespace: string;
  /** Prompt plus output: the model's or the tenant's bound, whichever is less. */
  readonly contextTokensMax: number;
}

/** Those that this process has loaded. */
export type Tokenizers = (choice: TokenizerChoice) => Tokenizer | undefined;

const quadOnly: Tokenizers = (choice) => (choice === "quad" ? quadTokenizer : undefined);

export interface FleetView {
  readonly fleet: Fleet;
  readonly region: string;
  readonly tenants: ReadonlyMap<TenantId, Tenant>;
  /** By the first `hashPrefixLength` digits of the key's hash. */
  readonly keys: ReadonlyMap<string, readonly KnownKey[]>;
  /** By public handle, those that open nothing included. */
  readonly keysById: ReadonlyMap<string, KnownKey>;
  /** By the claim `iss`. */
  readonly issuers: ReadonlyMap<string, TokenIssuer>;
  readonly models: ReadonlyMap<string, Model>;
  readonly zones: ServingZones;
  readonly tokenizers: Tokenizers;
  readonly poolsByModel: ReadonlyMap<string, readonly Pool[]>;
  /** By `model:name`; several tenants may each have one of the same name. */
  readonly adapters: ReadonlyMap<string, readonly Adapter[]>;
  /** By `model:name`, as adapters. */
  readonly rollouts: ReadonlyMap<string, readonly Rollout[]>;
  /** Found before, by tenant and name. Only what exists is kept, so the fleet bounds it. */
  readonly targets: Map<TenantId, Map<string, Target>>;
  /** The same of versions that rollouts name, by `model:digest`: no client can name one. */
  readonly versions: Map<TenantId, Map<string, Target>>;
}

export const hashPrefixLength = 16;

/** `zones`: where workers take new work, if somebody knows; else where the fleet says that they are. `tokenizers`: absent, only `quad`. */
export function viewFleet(
  fleet: Fleet,
  region: string,
  zones: ServingZones = describedZones(fleet),
  tokenizers: Tokenizers = quadOnly,
): FleetView {
  const tenants = new Map(fleet.tenants.map((tenant) => [tenant.policy.tenant, tenant]));
  const keys = fleet.keys.flatMap((key) => knownKey(key, tenants) ?? []);
  return {
    fleet,
    region,
    tenants,
    keys: Map.groupBy(keys, ({ key }) => key.sha256.slice(0, hashPrefixLength)),
    keysById: new Map(keys.map((known) => [known.key.id, known])),
    issuers: new Map((fleet.issuers ?? []).map((one) => [one.issuer, one])),
    models: new Map(fleet.models.map((model) => [model.id, model])),
    zones,
    tokenizers,
    poolsByModel: Map.groupBy(fleet.pools, (pool) => pool.model),
    adapters: Map.groupBy(fleet.adapters, (adapter) => adapterName(adapter)),
    rollouts: Map.groupBy(fleet.rollouts ?? [], (rollout) => adapterName(rollout)),
    targets: new Map(),
    versions: new Map(),
  };
}

/** What this tenant reaches by `base` or `base:adapter`. Unknown and forbidden look alike. */
export function findTarget(view: FleetView, tenant: Tenant, name: string): Target | undefined {
  const find = (): Target | undefined => resolveTarget(view, tenant, name);
  return foundBefore(view.targets, { tenant: tenant.policy.tenant, name, find });
}

/** The same of one version of an adapter, which the tenant must have a right to under whatever name. */
export function findVersion(
  view: FleetView,
  tenant: Tenant,
  { model: id, digest }: { readonly model: string; readonly digest: AdapterDigest },
): Target | undefined {
  const find = (): Target | undefined => {
    const isIts = view.fleet.adapters.some(
      (adapter) =>
        adapter.model === id &&
        adapter.digest === digest &&
        adapter.tenants.includes(tenant.policy.tenant),
    );
    const model = view.models.get(id);
    return isIts && model !== undefined ? targetOf(view, tenant, { model, digest }) : undefined;
  };
  return foundBefore(view.versions, {
    tenant: tenant.policy.tenant,
    name: `${id}:${digest}`,
    find,
  });
}

function foundBefore(
  targets: FleetView["targets"],
  {
    tenant,
    name,
    find,
  }: {
    readonly tenant: TenantId;
    readonly name: string;
    readonly find: () => Target | undefined;
  },
): Target | undefined {
  const known = targets.get(tenant);
  const found = known?.get(name);
  if (found !== undefined) return found;
  const target = find();
  if (target === undefined) return undefined;
  if (known === undefined) targets.set(tenant, new Map([[name, target]]));
  else known.set(name, target);
  return target;
}

/** Who asks: a tenant, by a key or token that may allow only some of its models. */
export interface Asker {
  readonly tenant: Tenant;
  /** `model`: it and its adapters; `model:adapter`: that alone. Absent: every one of its tenant. */
  readonly models?: readonly string[] | undefined;
}

/** What this caller reaches by that name. What its key does not allow looks as unknown as the rest. */
export function findTargetOf(view: FleetView, asker: Asker, name: string): Target | undefined {
  const target = findTarget(view, asker.tenant, name);
  return target === undefined || isAllowed(asker, name, target.model.id) ? target : undefined;
}

export const isAllowed = ({ models }: Pick<Asker, "models">, name: string, base: string): boolean =>
  models === undefined || models.includes(name) || models.includes(base);

/** Prompt plus output, whichever of its models a tenant names. */
export function contextTokensMaxOf(view: FleetView, { models, policy }: Tenant): number {
  const largest = Math.max(0, ...models.map((id) => view.models.get(id)?.contextTokensMax ?? 0));
  return Math.min(largest, policy.limits.contextTokensMax);
}

/** The longest text that one of its contexts could hold: nobody who sends more need be read. */
export function promptBytesMaxOf(view: FleetView, { models, policy }: Tenant): number {
  const sizes = models.map((id) => {
    const model = view.models.get(id);
    if (model === undefined) return 0;
    const { tokenBytesMax } = (view.tokenizers(model.tokenizer) ?? quadTokenizer).vocabulary;
    return Math.min(model.contextTokensMax, policy.limits.contextTokensMax) * tokenBytesMax;
  });
  return Math.max(0, ...sizes);
}

export const adapterName = (adapter: Pick<Adapter, "model" | "name">): string =>
  `${adapter.model}:${adapter.name}`;

/** A key of no tenant opens nothing. */
function knownKey(key: ApiKey, tenants: ReadonlyMap<TenantId, Tenant>): KnownKey | undefined {
  const tenant = tenants.get(key.tenant);
  return tenant === undefined ? undefined : { key, tenant, digest: Buffer.from(key.sha256, "hex") };
}

function resolveTarget(view: FleetView, tenant: Tenant, name: string): Target | undefined {
  const base = view.models.get(name);
  if (base !== undefined) return targetOf(view, tenant, { model: base, digest: baseModel });
  const adapter = view.adapters
    .get(name)
    ?.find(({ tenants }) => tenants.includes(tenant.policy.tenant));
  const model = adapter === undefined ? undefined : view.models.get(adapter.model);
  if (adapter === undefined || model === undefined) return undefined;
  return targetOf(view, tenant, { model, digest: adapter.digest });
}

function targetOf(
  view: FleetView,
  tenant: Tenant,
  { model, digest }: { readonly model: Model; readonly digest: AdapterDigest },
): Target | undefined {
  if (!tenant.models.includes(model.id)) return undefined;
  const { residency } = tenant.policy;
  return {
    model,
    tokenizer: view.tokenizers(model.tokenizer),
    ...(residency === undefined ? {} : { residency }),
    pool: pickPool(view, tenant, model),
    adapterDigest: digest,
    namespace: prefixNamespace({
      trustGroup: tenant.trustGroup,
      modelVersion: model.version,
      tokenizer: tokenizerName(model.tokenizer),
      adapterDigest: digest,
    }),
    contextTokensMax: Math.min(model.contextTokensMax, tenant.policy.limits.contextTokensMax),
  };
}

/** Its own reserved pool before the shared interactive ones; this region before others; none that has no worker where it may run. */
function pickPool(view: FleetView, tenant: Tenant, model: Model): PoolId | undefined {
  const { residency } = tenant.policy;
  const pools = (view.poolsByModel.get(model.id) ?? []).filter(({ id }) =>
    servesWithin(view.zones, id, residency),
  );
  for (const wanted of [`reserved:${tenant.policy.tenant}`, "interactive"]) {
    const ofClass = pools.filter((pool) => pool.class === wanted);
    const pool = ofClass.find(({ region }) => region === view.region) ?? ofClass[0];
    if (pool !== undefined) return pool.id;
  }
  return undefined;
}
