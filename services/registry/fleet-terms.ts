// What must hold between tiers, and between budgets and the pools that shall keep them: a floor belongs to a band,
// floors leave something over, nobody preempts its own band, and no pool guarantees memory that it has not got.

import type { KvBudget } from "#shared/model/tenant-policy.ts";
import type { ReferenceCheck } from "./fleet-references.ts";
import type { PoolEntry, TenantEntry } from "./fleet-schema.ts";

/** All floors together: what is left over goes by weight and band. */
const floorsPercentMax = 99;

export function checkBands({ entries, whole, problems }: ReferenceCheck): void {
  const floors = new Map<number, { readonly percent: number; readonly tier: string }>();
  let floorsPercent = 0;
  const bandMax = Math.max(...entries.tiers.map(({ entry }) => entry.band));
  for (const { entry, index } of entries.tiers) {
    const { id, band, bandFloorPercent: percent = 0, mayPreempt = false } = entry;
    const path = ["tiers", index] as const;
    if (mayPreempt && band === bandMax && whole.has("tiers")) {
      const problem = `no tier has a band above ${band}, so ${id} could only preempt its own band`;
      problems.add([...path, "mayPreempt"], problem);
    }
    const standing = floors.get(band);
    if (standing === undefined) {
      floors.set(band, { percent, tier: id });
      floorsPercent += percent;
      if (floorsPercent > floorsPercentMax) {
        const problem = `the floors of all bands together are ${floorsPercent} %: at most ${floorsPercentMax} % can be promised`;
        problems.add([...path, "bandFloorPercent"], problem);
      }
    } else if (standing.percent !== percent) {
      const expected = `${standing.percent}, as in tier ${standing.tier}: all tiers of band ${band} share one floor`;
      problems.expected([...path, "bandFloorPercent"], expected);
    }
  }
}

interface StandingBudget {
  readonly tenant: TenantEntry;
  readonly budget: KvBudget;
  /** Where it is written: at the tenant, or at its tier. */
  readonly path: readonly (string | number)[];
}

export function checkBudgets(check: ReferenceCheck): void {
  const budgets = standingBudgets(check);
  for (const { entry: pool } of check.entries.pools) {
    const users = budgets.filter(({ tenant }) => mayUse(tenant, pool));
    if (users.length > 0) checkPoolBudgets(check, pool, users);
  }
}

function standingBudgets({ entries }: ReferenceCheck): readonly StandingBudget[] {
  return entries.tenants.flatMap(({ entry: tenant, index }) => {
    if (tenant.kvBudget !== undefined) {
      return [{ tenant, budget: tenant.kvBudget, path: ["tenants", index, "kvBudget"] }];
    }
    const tier = entries.tiers.find(({ entry }) => entry.id === tenant.tier);
    if (tier?.entry.kvBudget === undefined) return [];
    return [{ tenant, budget: tier.entry.kvBudget, path: ["tiers", tier.index, "kvBudget"] }];
  });
}

const mayUse = (tenant: TenantEntry, pool: PoolEntry): boolean =>
  tenant.models.includes(pool.model) &&
  (!pool.class.startsWith("reserved:") || pool.class === `reserved:${tenant.id}`);

function checkPoolBudgets(
  { entries, whole, problems }: ReferenceCheck,
  pool: PoolEntry,
  users: readonly StandingBudget[],
): void {
  let memoryTokens = 0;
  let blockTokens = 0;
  for (const { entry: worker } of entries.workers) {
    if (worker.pool !== pool.id) continue;
    memoryTokens += worker.engine.kvBlocks * worker.engine.kvBlockTokens;
    blockTokens = Math.max(blockTokens, worker.engine.kvBlockTokens);
  }
  let guaranteedTokens = 0;
  for (const { tenant, budget, path } of users) {
    guaranteedTokens += budget.guaranteedTokens;
    const block = `at least one KV block of pool ${pool.id} (${blockTokens} tokens)`;
    if (budget.burstTokens < blockTokens) problems.expected([...path, "burstTokens"], block);
    if (budget.guaranteedTokens > 0 && budget.guaranteedTokens < blockTokens) {
      problems.expected([...path, "guaranteedTokens"], `0, or ${block}`);
    }
    if (guaranteedTokens > memoryTokens && whole.has("workers")) {
      const problem = `with tenant ${tenant.id} pool ${pool.id} guarantees ${guaranteedTokens} tokens of KV memory, and has ${memoryTokens}`;
      problems.add([...path, "guaranteedTokens"], problem);
      return;
    }
  }
}
