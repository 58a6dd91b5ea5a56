// That a tenant has used 80 or 100 % of a quota in a window: said once for each of these, to whoever listens, in the shape
// of CloudEvents 1.0.

import type { Quota } from "./quota.ts";

export interface QuotaReached extends Quota {
  readonly tenant: string;
  readonly window: string;
  /** 80 or 100. */
  readonly level: number;
  /** In the unit of the metric, when it was told. */
  readonly used: number;
  readonly endsAtEpochMs: number;
  readonly reachedAtEpochMs: number;
}

/** The same for all that tell of it: who hears it twice knows. */
export const alertId = (alert: QuotaReached): string =>
  [
    alert.tenant,
    alert.period,
    alert.metric,
    alert.mode,
    alert.limit,
    alert.window,
    alert.level,
  ].join("/");

export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: object;
}

export function alertEvent(alert: QuotaReached): CloudEvent {
  const { tenant, period, metric, mode, limit, window, level, used } = alert;
  return {
    specversion: "1.0",
    id: alertId(alert),
    type: "fairlead.quota.reached",
    source: "/fairlead/quotas",
    subject: tenant,
    time: new Date(alert.reachedAtEpochMs).toISOString(),
    datacontenttype: "application/json",
    data: {
      tenant,
      quota: { period, metric, mode, limit },
      window,
      level,
      used,
      resetsAt: new Date(alert.endsAtEpochMs).toISOString(),
    },
  };
}
