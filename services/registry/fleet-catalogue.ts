// What must hold of the catalogue in a fleet file: a model is put only where it can run, a model that goes names one that stays,
// and every other name leads to a model or an adapter, never to another such name, and hides none.

import type { ReferenceCheck, Placed } from "./fleet-references.ts";
import type { AliasEntry, FleetEntries, ModelEntry, TenantEntry } from "./fleet-schema.ts";

type PlacedModels = readonly Placed<ModelEntry>[];

/** Each tenant's list with the public models that it does not decline, so that nobody else need know of scopes. */
export function withPublicModels(
  tenants: readonly Placed<TenantEntry>[],
  models: PlacedModels,
): readonly Placed<TenantEntry>[] {
  const open = models.flatMap(({ entry: { id, scope } }) => (scope === "public" ? [id] : []));
  if (open.length === 0) return tenants;
  return tenants.map(({ entry, index }) => ({
    entry:
      entry.publicModels === false
        ? entry
        : { ...entry, models: [...new Set([...entry.models, ...open])] },
    index,
  }));
}

export function checkCatalogue(check: ReferenceCheck): void {
  checkReplacements(check);
  checkRuntimes(check);
  checkPrompts(check);
  checkAliases(check);
}

const statusOf = ({ status = "active" }: ModelEntry): string => status;

function checkReplacements({ entries: { models }, ids, problems }: ReferenceCheck): void {
  for (const { entry, index } of models) {
    const { replacement } = entry;
    if (replacement === undefined) continue;
    const found = models.find(({ entry: other }) => other.id === replacement)?.entry;
    const isLasting = found !== undefined && ["active", "canary"].includes(statusOf(found));
    if (isLasting || (found === undefined && ids.models.has(replacement))) continue;
    problems.expected(["models", index, "replacement"], "the id of an active model");
  }
}

/** A replica that cannot run its pool's model would fail each request that it is given. */
function checkRuntimes({ entries: { models, pools, workers }, problems }: ReferenceCheck): void {
  for (const { entry: worker, index } of workers) {
    const pool = pools.find(({ entry }) => entry.id === worker.pool)?.entry;
    const model = models.find(({ entry }) => entry.id === pool?.model)?.entry;
    if (model === undefined) continue;
    for (const { field, expected } of unmet(model, worker)) {
      problems.expected(["workers", index, "engine", field], expected);
    }
  }
}

interface Unmet {
  readonly field: string;
  readonly expected: string;
}

function unmet(
  { id, runtimes, needs }: ModelEntry,
  { engine }: FleetEntries["workers"],
): readonly Unmet[] {
  const found: Unmet[] = [];
  if (runtimes !== undefined && !runtimes.includes(engine.kind)) {
    found.push({
      field: "kind",
      expected: `an engine that runs model ${id} (${runtimes.join(", ")})`,
    });
  }
  const { gpus: gpusMin, gpuMemoryBytes: bytesMin } = needs ?? {};
  const { gpus, gpuMemoryBytes } = engine;
  if (gpusMin !== undefined && gpus < gpusMin) {
    found.push({ field: "gpus", expected: `at least ${gpusMin}, which model ${id} needs` });
  }
  if (bytesMin !== undefined && gpus * (gpuMemoryBytes ?? 0) < bytesMin) {
    const each = Math.ceil(bytesMin / gpus);
    const expected = `at least ${each} bytes on each of ${gpus} GPUs, for model ${id} needs ${bytesMin}`;
    found.push({ field: "gpuMemoryBytes", expected });
  }
  return found;
}

function checkPrompts({ entries: { tenants }, problems }: ReferenceCheck): void {
  for (const { entry, index } of tenants) {
    for (const [at, { model }] of (entry.systemPrompts ?? []).entries()) {
      if (entry.models.includes(model)) continue;
      problems.expected(["tenants", index, "systemPrompts", at, "model"], "one of its models");
    }
  }
}

function checkAliases(check: ReferenceCheck): void {
  const { aliases } = check.entries;
  const names = new Set(aliases.map(({ entry }) => entry.name));
  const owners = new Map<string, number>();
  for (const { entry, index } of aliases) {
    checkTarget(check, { entry, index }, names);
    checkHidden(check, { entry, index });
    checkOwners(check, { entry, index });
    for (const owner of entry.tenants ?? ["every tenant"]) {
      const mark = `${owner} ${entry.name}`;
      const other = owners.get(mark);
      owners.set(mark, index);
      if (other === undefined) continue;
      const problem = `${owner} has an alias ${entry.name} already, aliases[${other}]`;
      check.problems.add(["aliases", index, "name"], problem);
    }
  }
}

/** An alias that its own tenant could not follow is a slip of the pen. */
function checkOwners(
  { entries, ids, problems }: ReferenceCheck,
  { entry: { target, tenants = [] }, index }: Placed<AliasEntry>,
): void {
  const [model = ""] = target.split(":");
  for (const [at, id] of tenants.entries()) {
    const path = ["aliases", index, "tenants", at] as const;
    const owner = entries.tenants.find(({ entry }) => entry.id === id)?.entry;
    if (!ids.tenants.has(id)) problems.expected(path, "the id of a tenant");
    else if (ids.models.has(model) && owner?.models.includes(model) === false) {
      problems.add(path, `${id} may not use model ${model}`);
    }
  }
}

function checkTarget(
  { entries, ids, whole, problems }: ReferenceCheck,
  { entry: { target }, index }: Placed<AliasEntry>,
  names: ReadonlySet<string>,
): void {
  const path = ["aliases", index, "target"] as const;
  const [model = "", adapter] = target.split(":");
  if (names.has(target) && !ids.models.has(model)) {
    problems.add(path, `${target} is an alias itself: name what it leads to`);
  } else if (!ids.models.has(model)) {
    problems.expected(path, "the id of a model, or MODEL:ADAPTER");
  } else if (adapter !== undefined && whole.has("adapters")) {
    const isThere = entries.adapters.some(
      ({ entry }) => entry.model === model && entry.name === adapter,
    );
    // One that a tenant brings itself is in no file: the edge says whether it is there.
    if (!isThere && entries.tenants.every(({ entry }) => !entry.models.includes(model))) {
      problems.expected(path, `an adapter of model ${model}`);
    }
  }
}

/** Whoever may use a model of this name means that. */
function checkHidden(
  { entries, problems }: ReferenceCheck,
  { entry: { name, tenants }, index }: Placed<AliasEntry>,
): void {
  const user = entries.tenants.find(
    ({ entry }) => (tenants ?? [entry.id]).includes(entry.id) && entry.models.includes(name),
  )?.entry;
  if (user === undefined) return;
  problems.add(
    ["aliases", index, "name"],
    `${user.id} may use a model of that name: it would be hidden`,
  );
}
