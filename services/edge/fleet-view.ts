// The desired state as the edge asks it: a key's owner by hash, a model's place by name. Built once per fleet
// version and replaced whole, so no request ever sees half of a change.

import type { ApiKey } from "#shared/model/api-key.ts";
import type { Alias } from "#shared/model/catalogue.ts";
import type { Adapter, Fleet, Model, Pool, Tenant, TokenizerChoice } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId } from "#shared/model/ids.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { rolledName } from "#shared/model/rollout.ts";
import { isTenantName } from "#shared/model/tenant-name.ts";
import type { Tokenizer } from "#shared/model/tokenizer.ts";
import type { ServingZones } from "./serving-zones.ts";
import { describedZones } from "./serving-zones.ts";

/** A key with its owner; `digest` is the key's SHA-256. */
export interface KnownKey {
  readonly key: ApiKey;
  readonly tenant: Tenant;
  readonly digest: Buffer;
}

/** What a name stands for, before it is known where that runs. */
export interface Reached {
  readonly model: Model;
  /** Absent: the base model. */
  readonly adapter?: Adapter;
  /** The other name that led here. */
  readonly alias?: Alias;
}

/** What a tenant reaches under one model name. */
export interface Target {
  readonly model: Model;
  /** A key that allows one of these allows it. */
  readonly names: readonly string[];
  /** `model@version`, and `:digest` of an adapter. */
  readonly servedName: string;
  /** What the alias leads to, if the name is one. */
  readonly aliasOf?: string;
  /** Goes before each chat. */
  readonly systemPrompt?: string;
  /** Absent: this edge could not load it. */
  readonly tokenizer: Tokenizer | undefined;
  /** Absent: no pool serves this model now. */
  readonly pool: PoolId | undefined;
  /** `interactive`, `batch` or `reserved`. */
  readonly poolClass?: string;
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
  readonly adapters: ReadonlyMap<TenantId | "", readonly Adapter[]>;
  /** Empty: the platform's. One tenant's, or the platform's, may be there twice under one name: the first holds. */
  readonly aliases: ReadonlyMap<TenantId | "", readonly Alias[]>;
  /** Every name that a tenant may write: made when it first asks. The fleet bounds it. */
  readonly names: Map<TenantId, ReadonlyMap<string, Reached>>;
  /** By `model:name`, as adapters; a model's own by the model. */
  readonly rollouts: ReadonlyMap<string, readonly Rollout[]>;
  /** Found before, by tenant and name and digest. Only what exists is kept, so the fleet bounds it. */
  readonly targets: Map<TenantId, Map<string, Target>>;
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
    adapters: byTenant(fleet.adapters),
    aliases: byTenant([
      ...(fleet.aliases ?? []).filter(({ byCommand }) => byCommand === true),
      ...(fleet.aliases ?? []).filter(({ byCommand }) => byCommand !== true),
    ]),
    rollouts: Map.groupBy(fleet.rollouts ?? [], rolledName),
    names: new Map(),
    targets: new Map(),
  };
}

/** Who asks: a tenant, by a key or token that may allow only some of its models. */
export interface Asker {
  readonly tenant: Tenant;
  /** `model`: it and its adapters; `model:adapter`: that alone. Absent: every one of its tenant. */
  readonly models?: readonly string[] | undefined;
}

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

function byTenant<Named extends { readonly tenants?: readonly TenantId[] }>(
  named: readonly Named[],
): ReadonlyMap<TenantId | "", readonly Named[]> {
  const index = new Map<TenantId | "", Named[]>();
  for (const each of named) {
    for (const tenant of each.tenants ?? ([""] as const)) {
      const others = index.get(tenant);
      if (others === undefined) index.set(tenant, [each]);
      else others.push(each);
    }
  }
  return index;
}

/** A key of no tenant opens nothing, nor does one of an account of ours. */
function knownKey(key: ApiKey, tenants: ReadonlyMap<TenantId, Tenant>): KnownKey | undefined {
  const tenant = isTenantName(key.tenant) ? tenants.get(key.tenant) : undefined;
  return tenant === undefined ? undefined : { key, tenant, digest: Buffer.from(key.sha256, "hex") };
}
