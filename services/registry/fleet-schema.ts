// The shape of each entry of a fleet file, with what is expected in words. What holds between entries is in
// `fleet-references.ts`. Unknown fields are refused: a misspelt limit would be no limit.

import type { SystemPrompt } from "#shared/model/catalogue.ts";
import type { EngineSpec, Model, Pool } from "#shared/model/fleet.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { poolPolicyNames } from "#shared/model/policy-name.ts";
import type {
  AlertWebhook,
  KvBudget,
  TenantLimits,
  UploadTerms,
} from "#shared/model/tenant-policy.ts";
import type { Quota } from "#shared/model/quota.ts";
import { z } from "zod";
import { costWeightsDefault } from "#shared/model/cost.ts";
import { objectBytesMax } from "#shared/object-store/object-store.ts";
import { alias, catalogueFields, catalogueRules, systemPrompts } from "./catalogue-schema.ts";
import type { Tier } from "./desired-fleet.ts";
import { engine } from "./engine-schema.ts";
import type { KeyEntry } from "./key-schema.ts";
import { key } from "./key-schema.ts";
import type { IssuerEntry } from "./issuer-schema.ts";
import { issuer } from "./issuer-schema.ts";
import { quotaFields } from "./quota-schema.ts";
import { modelId, name, sha256, whole, word } from "./schema-words.ts";

export interface FleetEntries {
  readonly tiers: Tier;
  readonly models: ModelEntry;
  readonly tenants: TenantEntry;
  readonly pools: PoolEntry;
  readonly workers: WorkerEntry;
  readonly adapters: AdapterEntry;
  readonly issuers: IssuerEntry;
  readonly aliases: AliasEntry;
}

export type SectionName = keyof FleetEntries;

export interface ModelEntry extends Omit<
  Model,
  "tokenizer" | "retiresAtEpochMs" | "deprecatedAtEpochMs"
> {
  /** As ISO 8601 has it. */
  readonly retiresAt?: string;
  /** A file's digest is found when it is read. */
  readonly tokenizer: "quad" | { readonly file: string };
}

export interface TenantEntry {
  readonly id: string;
  readonly tier: string;
  /** With the public ones, once all models are read. */
  readonly models: readonly string[];
  /** False: it may use only those that it lists. */
  readonly publicModels?: boolean;
  readonly pool?: "shared" | "reserved";
  readonly systemPrompts?: readonly SystemPrompt[];
  /** Absent: the tenant itself. */
  readonly trustGroup?: string | undefined;
  /** What differs from the tier. */
  readonly limits?: { readonly [Name in keyof TenantLimits]?: number | undefined } | undefined;
  readonly kvBudget?: KvBudget;
  readonly quotas?: readonly Quota[];
  readonly alertWebhooks?: readonly AlertWebhook[];
  readonly residency?: readonly string[];
  readonly uploads?: UploadTerms;
  readonly keys: readonly KeyEntry[];
}

export interface PoolEntry {
  readonly id: string;
  readonly model: string;
  readonly region: string;
  readonly class: string;
  readonly policy?: PolicyName | undefined;
  readonly cost?: Pool["cost"];
}

export interface WorkerEntry {
  readonly id: string;
  readonly pool: string;
  readonly zone: string;
  readonly host: string;
  readonly engine: EngineSpec;
}

export interface AliasEntry {
  readonly name: string;
  readonly target: string;
  readonly tenants?: readonly string[];
  readonly systemPrompt?: string;
}

export interface AdapterEntry {
  readonly name: string;
  readonly model: string;
  readonly digest: string;
  readonly bytes: number;
  readonly tenants: readonly string[];
}

const dottedName = word(/^[a-z0-9.-]{1,63}$/, "1 to 63 of a-z, 0-9, . and -");

const limits = z.strictObject({
  requestsPerMinute: whole(1, 1_000_000_000),
  tokensPerMinute: whole(1, 1_000_000_000_000),
  concurrencyMax: whole(1, 1_000_000),
  queueLengthMax: whole(1, 1_000_000),
  contextTokensMax: whole(1, 100_000_000),
  queueDeadlineMs: z.exactOptional(whole(1, 86_400_000)),
});
const someLimits = limits.partial();

const kvBudget = z
  .strictObject({
    guaranteedTokens: whole(0, 10_000_000_000),
    burstTokens: whole(1, 10_000_000_000),
  })
  .refine(({ guaranteedTokens, burstTokens }) => guaranteedTokens <= burstTokens, {
    path: ["guaranteedTokens"],
    error: "at most burstTokens",
  });

const residency = z
  .array(name, { error: "a list of zones" })
  .min(1, { error: "at least one zone" });

const uploads = z.strictObject({
  adaptersMax: whole(0, 10_000),
  bytesMax: whole(1, objectBytesMax),
  rankMax: whole(1, 512),
});

const tier = z.strictObject({
  id: name,
  weight: whole(1, 1_000_000),
  band: whole(0, 100).default(0),
  bandFloorPercent: z.exactOptional(whole(0, 99)),
  mayPreempt: z.exactOptional(z.boolean({ error: "true or false" })),
  kvBudget: z.exactOptional(kvBudget),
  ...quotaFields,
  residency: z.exactOptional(residency),
  uploads: z.exactOptional(uploads),
  keepsAdapters: z.exactOptional(z.boolean({ error: "true or false" })),
  limits,
});

const tenant = z.strictObject({
  id: name,
  tier: name,
  models: z.array(modelId, { error: "a list of model ids" }),
  publicModels: z.exactOptional(z.boolean({ error: "true or false" })),
  pool: z.exactOptional(z.enum(["shared", "reserved"], { error: "shared or reserved" })),
  systemPrompts: z.exactOptional(systemPrompts),
  trustGroup: name.optional(),
  limits: someLimits.optional(),
  kvBudget: z.exactOptional(kvBudget),
  ...quotaFields,
  residency: z.exactOptional(residency),
  uploads: z.exactOptional(uploads),
  keys: z.array(key, { error: "a list of keys" }).default([]),
});

const tokenizer = z.union(
  [z.literal("quad"), z.strictObject({ file: z.string().min(1).max(4_096) })],
  { error: '"quad", or `file:` with the path of a GGUF or a tokenizer.json' },
);

const side = whole(1, 16_777_216);

const shape = z.strictObject({
  architecture: word(/^[a-z0-9_-]{1,32}$/, "an architecture as GGUF names it, such as llama"),
  layers: whole(1, 1_000),
  width: side,
  heads: whole(1, 65_536),
  kvHeads: whole(1, 65_536),
  headWidth: whole(1, 65_536),
  feedForward: side,
});

const model = z
  .strictObject({
    id: modelId,
    version: word(/^[A-Za-z0-9._-]{1,63}$/, "1 to 63 of A-Z, a-z, 0-9, ., _ and -"),
    tokenizer,
    contextTokensMax: whole(2, 100_000_000),
    outputTokensDefault: whole(1, 100_000_000),
    createdAtEpochS: whole(0, 100_000_000_000).default(0),
    shape: z.exactOptional(shape),
    ...catalogueFields,
  })
  .refine(({ contextTokensMax, outputTokensDefault }) => outputTokensDefault < contextTokensMax, {
    path: ["outputTokensDefault"],
    error: "less than contextTokensMax",
  })
  .superRefine(catalogueRules);

/** µcost. Work that costs nothing at all would be served without end to one tenant: output always costs. */
const cost = z
  .strictObject({
    promptToken: whole(0, 1_000_000),
    cachedToken: whole(0, 1_000_000),
    outputToken: whole(1, 1_000_000),
    kvBlockSecond: whole(0, 1_000_000),
    adapterLoad: whole(0, 1_000_000_000),
  })
  .partial()
  .refine(
    ({
      promptToken = costWeightsDefault.promptToken,
      cachedToken = costWeightsDefault.cachedToken,
    }) => cachedToken <= promptToken,
    { path: ["cachedToken"], error: "at most promptToken: what is found cached is no dearer" },
  );

const pool = z.strictObject({
  id: dottedName,
  model: modelId,
  region: name,
  class: word(
    /^(interactive|batch|reserved:[a-z0-9-]{1,63})$/,
    "interactive, batch or reserved:TENANT",
  ),
  policy: z.enum(poolPolicyNames, { error: poolPolicyNames.join(", ") }).optional(),
  cost: cost.optional(),
});

const worker = z.strictObject({ id: name, pool: dottedName, zone: name, host: name, engine });

const adapter = z.strictObject({
  name: word(/^[A-Za-z0-9._-]{1,63}$/, "1 to 63 of A-Z, a-z, 0-9, ., _ and -"),
  model: modelId,
  digest: sha256,
  bytes: whole(1, 1_000_000_000_000),
  tenants: z
    .array(name, { error: "a list of tenant ids" })
    .min(1, { error: "at least one tenant" }),
});

/** By section, in the order in which a file is read: an entry may name what stands in an earlier section. */
export const fleetSections: {
  readonly [Name in keyof FleetEntries]: z.ZodType<FleetEntries[Name]>;
} = {
  tiers: tier,
  models: model,
  tenants: tenant,
  pools: pool,
  workers: worker,
  adapters: adapter,
  issuers: issuer,
  aliases: alias,
};
