// Rollouts as the desired state has them: what names mean meanwhile, and the account on which new versions are tried.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { rolloutAccount, versionOf } from "#shared/model/rollout.ts";
import { unseenAccount } from "./unseen-account.ts";

/** Those under way, and of each name the last that was completed. */
export async function standingRollouts(queries: SqlQueries): Promise<readonly Rollout[]> {
  const rows = await queries.query(
    `select id, model, name, tenant, from_digest as "from", to_digest as "to",
       from_model as "fromModel", to_model as "toModel", share, shadow_share as "shadowShare", state = 'done' as "isOver"
     from rollouts r where state in ('live', 'paused') or (state = 'done' and not exists (
       select 1 from rollouts later where later.state = 'done'
         and (later.model, later.name, coalesce(later.tenant, '')) = (r.model, r.name, coalesce(r.tenant, ''))
         and (later.ended_at, later.id) > (r.ended_at, r.id)))
     order by id`,
  );
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
  ) as unknown as readonly Rollout[];
}

/** With what rollouts under way need: an account of their own, below everyone, that may use what is compared. */
export function withRollouts(fleet: Fleet, rollouts: readonly Rollout[]): Fleet {
  if (rollouts.length === 0) return fleet;
  const live = rollouts.filter(({ isOver }) => !isOver);
  if (live.length === 0) return { ...fleet, rollouts };
  const tried = new Set(live.map(({ model, to }) => `${model} ${to}`));
  return {
    ...fleet,
    rollouts,
    tenants: [
      ...fleet.tenants,
      unseenAccount(
        fleet,
        rolloutAccount,
        live.map((rollout) => versionOf(rollout, "v2")),
      ),
    ],
    adapters: fleet.adapters.map((adapter) =>
      tried.has(`${adapter.model} ${adapter.digest}`)
        ? { ...adapter, tenants: [...adapter.tenants, rolloutAccount] }
        : adapter,
    ),
  };
}
