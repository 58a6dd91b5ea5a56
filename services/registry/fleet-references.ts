// What must hold between the entries of a fleet file: every name is known, nothing is there twice, and every pool
// can serve what its model promises.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { checkBands, checkBudgets } from "./fleet-terms.ts";
import { checkCatalogue } from "./fleet-catalogue.ts";
import { checkResidency } from "./fleet-residency.ts";
import { sha256Hex } from "./desired-fleet.ts";
import type { FleetEntries, SectionName } from "./fleet-schema.ts";
import type { FleetProblems } from "./fleet-problems.ts";

/** An entry that has its shape, and where it stands. */
export interface Placed<Entry> {
  readonly entry: Entry;
  readonly index: number;
}

export type PlacedEntries = {
  readonly [Name in SectionName]: readonly Placed<FleetEntries[Name]>[];
};

/** Whether there can be such a replica; undefined: there can. */
export type JudgeReplica = (
  spec: SimulatedEngineSpec,
) => { readonly field: string; readonly expected: string } | undefined;

export interface ReferenceCheck {
  readonly judgeReplica: JudgeReplica;
  readonly entries: PlacedEntries;
  /** Ids by section, those of misshapen entries too: a broken entry is not also an unknown name. */
  readonly ids: { readonly [Name in SectionName]: ReadonlySet<string> };
  /** Sections whose every entry has its shape: only there does "none of them" say something. */
  readonly whole: ReadonlySet<SectionName>;
  readonly problems: FleetProblems;
}

export function checkReferences(check: ReferenceCheck): void {
  checkBands(check);
  checkTenants(check);
  checkBudgets(check);
  checkKeys(check);
  checkKeyModels(check);
  checkModels(check);
  checkPools(check);
  checkWorkers(check);
  checkAdapters(check);
  checkResidency(check);
  checkIssuers(check);
  checkCatalogue(check);
}

const named: { readonly [Name in SectionName]: string } = {
  tiers: "tier",
  models: "model",
  tenants: "tenant",
  pools: "pool",
  workers: "worker",
  adapters: "adapter",
  issuers: "issuer",
  aliases: "alias",
};

interface Reference {
  readonly path: readonly (string | number)[];
  readonly section: SectionName;
  readonly id: string;
}

function checkKnown({ ids, problems }: ReferenceCheck, { path, section, id }: Reference): void {
  const known = ids[section];
  if (known.has(id)) return;
  const choices = [...known].slice(0, 10).join(", ") || "there is none";
  problems.expected(path, `the id of a ${named[section]} (${choices})`);
}

function checkTenants(check: ReferenceCheck): void {
  for (const { entry, index } of check.entries.tenants) {
    const path = ["tenants", index] as const;
    checkKnown(check, { path: [...path, "tier"], section: "tiers", id: entry.tier });
    for (const [at, id] of entry.models.entries()) {
      checkKnown(check, { path: [...path, "models", at], section: "models", id });
    }
    if (entry.models.length === 0) {
      check.problems.expected([...path, "models"], "at least one model");
    }
  }
}

/** A key's handle and the key itself belong to one tenant; whose it is must never be a matter of order. */
function checkKeys({ entries, problems }: ReferenceCheck): void {
  const owners = new Map<string, string>();
  const keys = entries.tenants.flatMap(({ entry, index }) =>
    entry.keys.map((key, at) => ({ key, path: ["tenants", index, "keys", at] as const })),
  );
  for (const { key, path } of keys) {
    const given = key.secret === undefined ? "sha256" : "secret";
    const digest = key.sha256 ?? sha256Hex(key.secret ?? "");
    const marks = [
      { field: "id", mark: `id ${key.id}` },
      { field: given, mark: `key ${digest}` },
    ];
    for (const { field, mark } of marks) {
      const owner = owners.get(mark);
      if (owner !== undefined) {
        problems.add([...path, field], `this key ${field} is there already, at ${owner}`);
      }
      owners.set(mark, `tenants[${path[1]}].keys[${path[3]}]`);
    }
  }
}

/** What its tenant may not use, a key cannot allow: a name that is no model's is a misspelt one. */
function checkKeyModels({ entries, problems }: ReferenceCheck): void {
  for (const { entry, index } of entries.tenants) {
    const named = entry.keys.flatMap(({ models = [] }, at) =>
      models.map((name, place) => ({
        name,
        path: ["tenants", index, "keys", at, "models", place],
      })),
    );
    for (const { name, path } of named) {
      if (entry.models.includes(name.split(":")[0] ?? "")) continue;
      problems.expected(path, `a model of ${entry.id} (${entry.models.join(", ")})`);
    }
  }
}

/** Who speaks in a token is found by `iss` alone. */
function checkIssuers(check: ReferenceCheck): void {
  const spoken = new Map<string, number>();
  for (const { entry, index } of check.entries.issuers) {
    const path = ["issuers", index] as const;
    const other = spoken.get(entry.issuer);
    if (other !== undefined) {
      check.problems.add([...path, "issuer"], `issuers[${other}] has this issuer already`);
    }
    spoken.set(entry.issuer, index);
    for (const [at, id] of (entry.tenants ?? []).entries()) {
      checkKnown(check, { path: [...path, "tenants", at], section: "tenants", id });
    }
  }
}

function checkModels({ entries, whole, problems }: ReferenceCheck): void {
  if (!whole.has("pools")) return;
  for (const { entry, index } of entries.models) {
    if (entry.status === "archived") continue;
    if (entries.pools.some(({ entry: pool }) => pool.model === entry.id)) continue;
    problems.add(["models", index, "id"], `model ${entry.id} has no pool: nothing can serve it`);
  }
}

function checkPools(check: ReferenceCheck): void {
  const { entries, problems } = check;
  const served = new Map<string, string>();
  for (const { entry, index } of entries.pools) {
    const path = ["pools", index] as const;
    checkKnown(check, { path: [...path, "model"], section: "models", id: entry.model });
    const [, reservedFor] = entry.class.split(":");
    if (reservedFor !== undefined) {
      checkKnown(check, { path: [...path, "class"], section: "tenants", id: reservedFor });
    }
    const place = `${entry.model} ${entry.region} ${entry.class}`;
    const other = served.get(place);
    if (other !== undefined) {
      problems.add([...path, "id"], `pool ${other} has the same model, region and class`);
    }
    served.set(place, entry.id);
    const hasWorkers = entries.workers.some(({ entry: worker }) => worker.pool === entry.id);
    if (!hasWorkers && check.whole.has("workers")) {
      problems.add([...path, "id"], `pool ${entry.id} has no workers`);
    }
  }
}

function checkWorkers(check: ReferenceCheck): void {
  const { entries, problems } = check;
  const blockTokens = new Map<string, number>();
  for (const { entry, index } of entries.workers) {
    const path = ["workers", index] as const;
    checkKnown(check, { path: [...path, "pool"], section: "pools", id: entry.pool });
    const { kvBlocks, kvBlockTokens } = entry.engine;
    const standing = blockTokens.get(entry.pool) ?? kvBlockTokens;
    blockTokens.set(entry.pool, standing);
    if (standing !== kvBlockTokens) {
      problems.expected(
        [...path, "engine", "kvBlockTokens"],
        `${standing}, as in the other workers of pool ${entry.pool}`,
      );
    }
    const model = modelOf(check, entry.pool);
    if (model !== undefined && kvBlocks * kvBlockTokens < model.contextTokensMax) {
      problems.expected(
        [...path, "engine", "kvBlocks"],
        `room for one whole context of ${model.contextTokensMax} tokens ` +
          `(${Math.ceil(model.contextTokensMax / kvBlockTokens)} blocks)`,
      );
    }
    checkReplica(check, { entry, index });
    checkSlots(check, { entry, index });
    checkServedAdapters(check, { entry, index });
  }
}

function checkReplica(
  { judgeReplica, problems }: ReferenceCheck,
  { entry: { engine }, index }: Placed<FleetEntries["workers"]>,
): void {
  const fault = engine.kind === "simulated" ? judgeReplica(engine) : undefined;
  if (fault === undefined) return;
  problems.expected(["workers", index, "engine", fault.field], fault.expected);
}

/** The memory of llama.cpp is cut into equal slots: what others leave free is of no use to a long context. */
function checkSlots(
  check: ReferenceCheck,
  { entry, index }: Placed<FleetEntries["workers"]>,
): void {
  const { engine, pool } = entry;
  const model = modelOf(check, pool);
  const isCut = engine.kind === "llama-server" || engine.kind === "llama-cpp";
  if (!isCut || model === undefined) return;
  const { kvBlocks, kvBlockTokens, sequencesMax } = engine;
  const slotTokens = Math.floor(kvBlocks / sequencesMax) * kvBlockTokens;
  if (slotTokens >= model.contextTokensMax) return;
  check.problems.expected(
    ["workers", index, "engine", "kvBlocks"],
    `room for a whole context of ${model.contextTokensMax} tokens in each of its ${sequencesMax} slots ` +
      `(${sequencesMax * Math.ceil(model.contextTokensMax / kvBlockTokens)} blocks)`,
  );
}

/** Weights that nobody may ask for are a misspelt digest. */
function checkServedAdapters(
  { entries, whole, problems }: ReferenceCheck,
  { entry, index }: Placed<FleetEntries["workers"]>,
): void {
  const { engine, pool } = entry;
  if (engine.kind === "simulated" || !whole.has("adapters") || !whole.has("pools")) return;
  const model = entries.pools.find((other) => other.entry.id === pool)?.entry.model;
  const known = new Set(
    entries.adapters.flatMap(({ entry: other }) => (other.model === model ? [other.digest] : [])),
  );
  for (const [at, { digest }] of engine.adapters.entries()) {
    if (known.has(digest)) continue;
    const path = ["workers", index, "engine", "adapters", at, "digest"] as const;
    problems.expected(path, `the digest of an adapter of model ${model}`);
  }
}

function modelOf({ entries }: ReferenceCheck, poolId: string): FleetEntries["models"] | undefined {
  const pool = entries.pools.find(({ entry }) => entry.id === poolId)?.entry;
  return entries.models.find(({ entry }) => entry.id === pool?.model)?.entry;
}

function checkAdapters(check: ReferenceCheck): void {
  const names = new Map<string, number>();
  const sizes = new Map<string, number>();
  for (const { entry, index } of check.entries.adapters) {
    const path = ["adapters", index] as const;
    checkKnown(check, { path: [...path, "model"], section: "models", id: entry.model });
    for (const [at, id] of entry.tenants.entries()) {
      checkKnown(check, { path: [...path, "tenants", at], section: "tenants", id });
      // Several tenants may each have an adapter of one name; one tenant may not have two.
      const name = `${entry.model}:${entry.name} ${id}`;
      const other = names.get(name);
      if (other !== undefined) {
        const problem = `${id} has an adapter ${entry.model}:${entry.name} already, adapters[${other}]`;
        check.problems.add([...path, "tenants", at], problem);
      }
      names.set(name, index);
    }
    const bytes = sizes.get(entry.digest) ?? entry.bytes;
    sizes.set(entry.digest, bytes);
    if (bytes !== entry.bytes) {
      check.problems.expected([...path, "bytes"], `${bytes}, as elsewhere under this digest`);
    }
  }
}
