// The book of quota alerts: who has used 80 or 100 % of what, each once however often it is told, and which webhooks are
// still to hear of it. A delivery that was begun and not ended is due again: each webhook hears of an alert at least once.

import { alertId } from "#shared/model/quota-alert.ts";
import type { QuotaReached } from "#shared/model/quota-alert.ts";
import type { AlertWebhook } from "#shared/model/tenant-policy.ts";
import type { Sql, SqlRow } from "./sql/sql.ts";

export interface Delivery {
  readonly alert: QuotaReached;
  readonly url: string;
  readonly secretRef: string | undefined;
  /** This one included. */
  readonly attempts: number;
}

export interface QuotaAlertBook {
  /** True: it was not known. */
  keep(alert: QuotaReached): Promise<boolean>;
  /** The latest of a tenant. */
  alertsOf(tenant: string): Promise<readonly QuotaReached[]>;
  /** Gives each alert that nobody was told of to the webhooks of its tenant. Resolves with how many alerts. */
  spread(
    webhooksOf: (tenant: string) => readonly AlertWebhook[],
    nowEpochMs: number,
  ): Promise<number>;
  /** Some that are due; nobody else is given them before `againAtEpochMs`. */
  claim(nowEpochMs: number, againAtEpochMs: number): Promise<readonly Delivery[]>;
  settle(delivery: Delivery, outcome: DeliveryOutcome): Promise<void>;
}

export type DeliveryOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "failed"; readonly reason: string; readonly againAtEpochMs: number }
  | { readonly kind: "dead"; readonly reason: string };

const toldMost = 100;
const spreadMost = 64;
const claimedMost = 8;

const columns = `id, tenant, period, metric, mode, quota_limit, quota_window, level, used,
  ends_at_epoch_ms, reached_at_epoch_ms`;
const columnsOfA = columns.replaceAll(/\w+/g, "a.$&");

export const sqlQuotaAlerts = (sql: Sql): QuotaAlertBook => ({
  ...alertsIn(sql),
  ...deliveriesIn(sql),
});

function alertsIn(sql: Sql): Pick<QuotaAlertBook, "keep" | "alertsOf"> {
  return {
    keep: async (alert) => {
      const kept = await sql.query(
        `insert into quota_alerts (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (id) do nothing returning id`,
        [
          alertId(alert),
          alert.tenant,
          alert.period,
          alert.metric,
          alert.mode,
          alert.limit,
          alert.window,
          alert.level,
          alert.used,
          alert.endsAtEpochMs,
          alert.reachedAtEpochMs,
        ],
      );
      return kept.length > 0;
    },
    alertsOf: async (tenant) => {
      const rows = await sql.query(
        `select ${columns} from quota_alerts where tenant = $1
         order by reached_at_epoch_ms desc, level desc limit ${toldMost}`,
        [tenant],
      );
      return rows.map(alertOf);
    },
  };
}

function deliveriesIn(sql: Sql): Pick<QuotaAlertBook, "spread" | "claim" | "settle"> {
  return {
    spread: (webhooksOf, nowEpochMs) =>
      sql.transaction(async (queries) => {
        const rows = await queries.query(
          `select ${columns} from quota_alerts where not spread
           order by reached_at_epoch_ms limit ${spreadMost} for update skip locked`,
        );
        for (const row of rows) {
          const { tenant } = alertOf(row);
          for (const { url, secret } of webhooksOf(tenant)) {
            await queries.query(
              `insert into quota_webhooks (alert, url, tenant, secret_ref, next_at_epoch_ms)
               values ($1, $2, $3, $4, $5) on conflict do nothing`,
              [String(row["id"]), url, tenant, secret ?? null, nowEpochMs],
            );
          }
          await queries.query("update quota_alerts set spread = true where id = $1", [
            String(row["id"]),
          ]);
        }
        return rows.length;
      }),
    claim: async (nowEpochMs, againAtEpochMs) => {
      const rows = await sql.query(
        `update quota_webhooks w set attempts = w.attempts + 1, next_at_epoch_ms = $2
         from quota_alerts a
         where a.id = w.alert and (w.alert, w.url) in (
           select alert, url from quota_webhooks where state = 'due' and next_at_epoch_ms <= $1
           order by next_at_epoch_ms limit ${claimedMost} for update skip locked)
         returning ${columnsOfA}, w.url, w.secret_ref, w.attempts`,
        [nowEpochMs, againAtEpochMs],
      );
      return rows.map((row) => ({
        alert: alertOf(row),
        url: String(row["url"]),
        secretRef: typeof row["secret_ref"] === "string" ? row["secret_ref"] : undefined,
        attempts: Number(row["attempts"]),
      }));
    },
    settle: async ({ alert, url }, outcome) => {
      const { state, reason, againAtEpochMs } = settled(outcome);
      await sql.query(
        `update quota_webhooks set state = $3, last_failure = $4,
           next_at_epoch_ms = coalesce($5, next_at_epoch_ms) where alert = $1 and url = $2`,
        [alertId(alert), url, state, reason, againAtEpochMs],
      );
    },
  };
}

const settled = (
  outcome: DeliveryOutcome,
): {
  readonly state: string;
  readonly reason: string | null;
  readonly againAtEpochMs: number | null;
} => {
  if (outcome.kind === "delivered") {
    return { state: "delivered", reason: null, againAtEpochMs: null };
  }
  const { reason } = outcome;
  return outcome.kind === "dead"
    ? { state: "dead", reason, againAtEpochMs: null }
    : { state: "due", reason, againAtEpochMs: outcome.againAtEpochMs };
};

const alertOf = (row: SqlRow): QuotaReached => ({
  tenant: String(row["tenant"]),
  period: row["period"] as QuotaReached["period"],
  metric: row["metric"] as QuotaReached["metric"],
  mode: row["mode"] as QuotaReached["mode"],
  limit: Number(row["quota_limit"]),
  window: String(row["quota_window"]),
  level: Number(row["level"]),
  used: Number(row["used"]),
  endsAtEpochMs: Number(row["ends_at_epoch_ms"]),
  reachedAtEpochMs: Number(row["reached_at_epoch_ms"]),
});
