// Tells when 80 and 100 % of a quota are used: once per quota, window and level, as far as this owner goes; who keeps the
// alerts keeps each once, whichever owner tells it. Counted is what was used, not what is held; that a request was refused
// with nothing held against it counts as all of it.

import { note } from "#shared/actor/actor.ts";
import type { Quota } from "#shared/model/quota.ts";
import { quotaName } from "#shared/model/quota.ts";
import type { QuotaStanding } from "#shared/model/quota-standing.ts";
import { quotaStanding } from "./quota-standing.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";

export const alertLevels = [80, 100] as const;

/** Eight quotas over the hours of a day, twice: older ones are of windows that are over. */
const rememberedMax = 512;

export function tellAlerts(queue: TenantQueue, turn: Turn): void {
  for (const standing of quotaStanding(queue)) {
    for (const level of alertLevels) {
      if (standing.used * 100 >= standing.limit * level && standing.limit > 0) {
        tell(queue, { standing, level }, turn);
      }
    }
  }
}

/** A request was refused because of it. */
export function tellRefusedBy(queue: TenantQueue, quota: Quota, turn: Turn): void {
  const name = quotaName(quota);
  const standing = quotaStanding(queue).find((each) => quotaName(each) === name);
  if (standing === undefined || standing.held > 0 || standing.limit === 0) return;
  for (const level of alertLevels) tell(queue, { standing, level }, turn);
}

function tell(
  { quota, tenure }: TenantQueue,
  { standing, level }: { readonly standing: QuotaStanding; readonly level: number },
  { effects }: Turn,
): void {
  const { period, metric, mode, limit, window, endsAtEpochMs, used } = standing;
  const key = `${quotaName(standing)} ${limit} ${window} ${level}`;
  if (quota.alerted.has(key) || tenure === undefined) return;
  quota.alerted.add(key);
  const [oldest = key] = quota.alerted;
  if (quota.alerted.size > rememberedMax) quota.alerted.delete(oldest);
  const { tenant } = tenure.policy;
  effects.push(
    note("queue.quota-alert", {
      tenant,
      period,
      metric,
      mode,
      limit,
      window,
      endsAtEpochMs,
      used,
      level,
    }),
  );
}
