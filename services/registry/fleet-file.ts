// Reads a fleet file: YAML to a desired fleet, or everything that is wrong with it. Keys are hashed here; the
// secret itself goes no further.

import { LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { assert } from "#shared/actor/assert.ts";
import type { ApiKey } from "#shared/model/api-key.ts";
import type { Alias } from "#shared/model/catalogue.ts";
import type {
  Adapter,
  Model,
  Pool,
  Tenant,
  TokenizerChoice,
  WorkerSpec,
} from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { DesiredFleet, Tier } from "./desired-fleet.ts";
import { sha256Hex } from "./desired-fleet.ts";
import type { FleetProblem, Path } from "./fleet-problems.ts";
import { FleetProblems, notText, printable, problemsMax } from "./fleet-problems.ts";
import type { JudgeReplica, Placed, PlacedEntries } from "./fleet-references.ts";
import { checkReferences } from "./fleet-references.ts";
import { withPublicModels } from "./fleet-catalogue.ts";
import type {
  AliasEntry,
  FleetEntries,
  ModelEntry,
  SectionName,
  TenantEntry,
} from "./fleet-schema.ts";
import { fleetSections } from "./fleet-schema.ts";
import type { FileTokenizers } from "./fleet-tokenizers.ts";
import { checkTokenizers, readOnce } from "./fleet-tokenizers.ts";
import { termsOf } from "./service-terms.ts";

export type FleetReading =
  | {
      readonly kind: "fleet";
      readonly fleet: DesiredFleet;
      /** What is found wrong with it beside what stands: where that is said in the file. */
      readonly problemsAt: (found: readonly FoundProblem[]) => readonly FleetProblem[];
    }
  | { readonly kind: "problems"; readonly problems: readonly FleetProblem[] };

interface FoundProblem {
  readonly path: Path;
  readonly problem: string;
}

/** Reads the tokenizers' files that it names, too. */
export function readFleetFile(
  text: string,
  judgeReplica: JudgeReplica = () => undefined,
): FleetReading {
  const binary = notText(text);
  if (binary !== undefined) return { kind: "problems", problems: [binary] };
  const tokenizers = readOnce();
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const problems = new FleetProblems(document, lines);
  if (document.errors.length > 0) {
    return {
      kind: "problems",
      problems: document.errors.slice(0, problemsMax).map(({ pos, message }) => ({
        line: lines.linePos(pos[0]).line,
        path: "",
        problem: printable(message),
      })),
    };
  }
  if (problems.addRepeatedKeys()) return { kind: "problems", problems: problems.list() };
  // Nothing that an unknown anchor stands for can be judged.
  if (problems.addLooseAliases()) return { kind: "problems", problems: problems.list() };
  const entries = readSections(document, problems, judgeReplica);
  checkTokenizers(entries, tokenizers, problems);
  const found = problems.list();
  return found.length > 0
    ? { kind: "problems", problems: found }
    : { kind: "fleet", fleet: resolve(entries, tokenizers), problemsAt: tellIn(problems) };
}

const tellIn =
  (problems: FleetProblems) =>
  (found: readonly FoundProblem[]): readonly FleetProblem[] => {
    for (const { path, problem } of found) problems.add(path, problem);
    return problems.list();
  };

const emptySections: PlacedEntries = {
  tiers: [],
  models: [],
  tenants: [],
  pools: [],
  workers: [],
  adapters: [],
  issuers: [],
  aliases: [],
};

/** Their entries are named by more than an id, and there may be none. */
const withoutIds: ReadonlySet<SectionName> = new Set(["adapters", "aliases"]);

/** A file that expands without bound has been reported as that. */
const unreadable = Symbol("unreadable");

function readSections(
  document: Document,
  problems: FleetProblems,
  judgeReplica: JudgeReplica,
): PlacedEntries {
  const sections = Object.keys(fleetSections) as SectionName[];
  const root = toPlain(document, problems);
  if (root === unreadable) return emptySections;
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    problems.add([], `expected the sections ${sections.join(", ")}`);
    return emptySections;
  }
  const given = root as Readonly<Record<string, unknown>>;
  for (const section of Object.keys(given)) {
    if (!(section in fleetSections)) {
      problems.add([section], `there is no such section; there are ${sections.join(", ")}`);
    }
  }
  const section = <Name extends SectionName>(name: Name) =>
    readSection(name, given[name], problems);
  const models = section("models");
  const entries: PlacedEntries = {
    tiers: section("tiers"),
    models,
    tenants: withPublicModels(section("tenants"), models),
    pools: section("pools"),
    workers: section("workers"),
    adapters: section("adapters"),
    issuers: section("issuers"),
    aliases: section("aliases"),
  };
  const ids = (name: SectionName): ReadonlySet<string> => idsIn(given[name]);
  const whole = sections.filter((name) => entries[name].length === countIn(given[name]));
  checkReferences({
    entries,
    ids: {
      tiers: ids("tiers"),
      models: ids("models"),
      tenants: ids("tenants"),
      pools: ids("pools"),
      workers: ids("workers"),
      adapters: ids("adapters"),
      issuers: ids("issuers"),
      aliases: ids("aliases"),
    },
    whole: new Set(whole),
    judgeReplica,
    problems,
  });
  return entries;
}

/** Aliases are expanded here; a file that expands without bound is refused. */
function toPlain(document: Document, problems: FleetProblems): unknown {
  try {
    return document.toJS();
  } catch (error) {
    problems.add([], error instanceof Error ? error.message : String(error));
    return unreadable;
  }
}

const mayBeEmpty: ReadonlySet<SectionName> = new Set(["adapters", "issuers", "aliases"]);

function readSection<Name extends SectionName>(
  name: Name,
  given: unknown,
  problems: FleetProblems,
): readonly Placed<FleetEntries[Name]>[] {
  const list = given ?? [];
  if (!Array.isArray(list) || (list.length === 0 && !mayBeEmpty.has(name))) {
    problems.expected([name], "a list with at least one entry");
    return [];
  }
  const seen = new Set<string>();
  return list.flatMap((raw: unknown, index) => {
    const id = idOf(raw);
    if (id !== undefined && !withoutIds.has(name)) {
      if (seen.has(id)) problems.add([name, index, "id"], `${id} is there twice`);
      seen.add(id);
    }
    const { success, data, error } = fleetSections[name].safeParse(raw);
    if (success) return [{ entry: data, index }];
    for (const issue of error.issues) addIssue(problems, [name, index], issue);
    return [];
  });
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function addIssue(problems: FleetProblems, at: Path, { code, path, message, keys }: Issue): void {
  const where = [...at, ...path.map((part) => (typeof part === "number" ? part : String(part)))];
  if (code === "unrecognized_keys") {
    for (const key of keys ?? []) problems.add([...where, key], "there is no such field");
    return;
  }
  const [, expected] = /^Invalid input: expected (\w+)/.exec(message) ?? [];
  problems.expected(where, expected ?? message);
}

const countIn = (section: unknown): number => (Array.isArray(section) ? section.length : 0);

const idsIn = (section: unknown): ReadonlySet<string> =>
  new Set(Array.isArray(section) ? section.flatMap((raw: unknown) => idOf(raw) ?? []) : []);

function idOf(raw: unknown): string | undefined {
  const id = typeof raw === "object" && raw !== null ? (raw as { id?: unknown }).id : undefined;
  return typeof id === "string" ? id : undefined;
}

function resolve(entries: PlacedEntries, tokenizers: FileTokenizers): DesiredFleet {
  const tiers = entries.tiers.map(({ entry }) => entry);
  const tierOf = new Map(tiers.map((tier) => [tier.id, tier]));
  const tenants = entries.tenants.map(({ entry }) => entry);
  return {
    tiers,
    models: entries.models.map(({ entry }) => modelOf(entry, tokenizers)),
    tenants: tenants.flatMap((entry) => {
      const tier = tierOf.get(entry.tier);
      return tier === undefined ? [] : [tenantOf(entry, tier)];
    }),
    keys: tenants.flatMap(keysOf),
    pools: entries.pools.map(({ entry }): Pool => ({ ...entry, id: entry.id as PoolId })),
    workers: entries.workers.map(({ entry }): WorkerSpec => ({
      ...entry,
      id: entry.id as WorkerId,
      pool: entry.pool as PoolId,
      host: entry.host as WorkerHostId,
    })),
    adapters: entries.adapters.map(({ entry }): Adapter => ({
      ...entry,
      digest: entry.digest as AdapterDigest,
      tenants: entry.tenants as readonly TenantId[],
    })),
    ...(entries.issuers.length === 0
      ? {}
      : { issuers: entries.issuers.map(({ entry }) => entry as TokenIssuer) }),
    ...(entries.aliases.length === 0
      ? {}
      : { aliases: entries.aliases.map(({ entry }) => aliasOf(entry)) }),
  };
}

const aliasOf = ({ tenants, ...entry }: AliasEntry): Alias => ({
  ...entry,
  ...(tenants === undefined ? {} : { tenants: tenants as readonly TenantId[] }),
});

function modelOf({ retiresAt, ...entry }: ModelEntry, tokenizers: FileTokenizers): Model {
  return {
    ...entry,
    tokenizer: pinned(entry, tokenizers),
    ...(retiresAt === undefined ? {} : { retiresAtEpochMs: Date.parse(retiresAt) }),
  };
}

function pinned(
  { tokenizer }: Pick<ModelEntry, "tokenizer">,
  tokenizers: FileTokenizers,
): TokenizerChoice {
  if (typeof tokenizer === "string") return tokenizer;
  const loaded = tokenizers(tokenizer.file);
  assert(loaded.kind === "loaded", "a fleet whose tokenizer cannot be read is refused before");
  return { file: tokenizer.file, digest: loaded.tokenizer.vocabulary.name };
}

function tenantOf(entry: TenantEntry, tier: Tier): Tenant {
  const own = Object.entries(entry.limits ?? {}).filter(([, value]) => value !== undefined);
  const limits: TenantLimits = { ...tier.limits, ...Object.fromEntries(own) };
  return {
    policy: {
      tenant: entry.id as TenantId,
      tier: tier.id,
      weight: tier.weight,
      band: tier.band,
      limits,
      ...termsOf(tier),
      ...termsOf(entry),
    },
    trustGroup: entry.trustGroup ?? entry.id,
    models: entry.models,
    ...(entry.pool === undefined ? {} : { pool: entry.pool }),
    ...(entry.systemPrompts === undefined ? {} : { systemPrompts: entry.systemPrompts }),
  };
}

const keysOf = ({ id: tenant, keys }: TenantEntry): readonly ApiKey[] =>
  keys.map(({ secret, expiresAt, ...key }) => ({
    ...key,
    tenant: tenant as TenantId,
    sha256: key.sha256 ?? sha256Hex(secret ?? ""),
    ...(expiresAt === undefined ? {} : { expiresAtEpochMs: Date.parse(expiresAt) }),
  }));
