// How a request is refused that a hard quota leaves no room for: which quota it is, and when a new window of it begins.

import type { Quota } from "#shared/model/quota.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { TenantQueue } from "./tenant-queue.ts";

const periodWords: Readonly<Record<Quota["period"], string>> = {
  hour: "hourly",
  day: "daily",
  week: "weekly",
  month: "monthly",
};

export function quotaRefusal({ quota: { windows } }: TenantQueue, quota: Quota): Refusal {
  const { period, metric, limit } = quota;
  const endsAt = windows.get(period)?.endsAt;
  const begins = endsAt === undefined ? "" : ` A new one begins at ${endsAt}.`;
  const what = `The ${periodWords[period]} quota of ${limit} ${metric.replace("-", " ")}`;
  return {
    code: "insufficient_quota",
    message:
      limit === 0
        ? `${what} allows nothing.`
        : `${what} is used up, or held by requests that are not over yet.${begins}`,
    detail: `${period} ${metric}`,
  };
}
