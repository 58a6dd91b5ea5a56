// What must hold of zones named by tiers and tenants: a zone that has no worker, or none for a model of the tenant, is a
// slip of the pen that would refuse its requests for ever.

import type { ReferenceCheck } from "./fleet-references.ts";

export function checkResidency(check: ReferenceCheck): void {
  const { entries, whole, problems } = check;
  if (!whole.has("workers") || !whole.has("pools")) return;
  const zones = new Set(entries.workers.map(({ entry }) => entry.zone));
  const named = (["tiers", "tenants"] as const).flatMap((section) =>
    entries[section].flatMap(({ entry: { residency = [] }, index }) =>
      residency.map((zone, at) => ({ zone, path: [section, index, "residency", at] })),
    ),
  );
  for (const { zone, path } of named) {
    if (zones.has(zone)) continue;
    problems.expected(path, `a zone with workers (${[...zones].toSorted().join(", ")})`);
  }
  checkServed(check);
}

/** Each model of a tenant has a worker where the tenant's requests may run. */
function checkServed({ entries, problems }: ReferenceCheck): void {
  for (const { entry: tenant, index } of entries.tenants) {
    const tier = entries.tiers.find(({ entry }) => entry.id === tenant.tier)?.entry;
    const residency = tenant.residency ?? tier?.residency;
    if (residency === undefined) continue;
    for (const model of tenant.models) {
      const pools = entries.pools.filter(({ entry }) => entry.model === model);
      const isServed = entries.workers.some(
        ({ entry: { pool, zone } }) =>
          residency.includes(zone) && pools.some(({ entry }) => entry.id === pool),
      );
      if (isServed || pools.length === 0) continue;
      const where = residency.join(", ");
      problems.add(
        ["tenants", index, tenant.residency === undefined ? "id" : "residency"],
        `no worker of model ${model} stands in ${where}, where alone ${tenant.id} may run`,
      );
    }
  }
}
