// Alerts of quotas in this process: kept where queues are owned, sent on to webhooks where usage is metered.

import type { NoteRecord } from "#shared/actor/host.ts";
import type { EnvironmentReader } from "#shared/config/environment.ts";
import type { QuotaAlertBook } from "#shared/ledger/quota-alerts.ts";
import { sqlQuotaAlerts } from "#shared/ledger/quota-alerts.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { startAlertWebhooks } from "#services/metering/alert-webhooks.ts";
import { startAlertKeeper } from "#services/metering/quota-alert-keeper.ts";
import type { Closers } from "./closers.ts";

export interface WebhookSettings {
  /** Whether alerts may be sent to private addresses, and without TLS. */
  readonly webhooksMayBePrivate: boolean;
}

export const webhookSettings = (read: EnvironmentReader): WebhookSettings => ({
  webhooksMayBePrivate:
    read.oneOf("FAIRLEAD_WEBHOOKS", ["public", "private-too"], "public") === "private-too",
});

export interface AlertPlace {
  readonly process: string;
  readonly sql: Sql;
  readonly onNote: (record: NoteRecord) => void;
  readonly closers: Closers;
}

/** To be told every note of this process. */
export function keepAlerts({ process, sql, onNote, closers }: AlertPlace): {
  readonly hear: (record: NoteRecord) => void;
} {
  const keeper = startAlertKeeper({ process, book: sqlQuotaAlerts(sql), onNote });
  closers.add(() => keeper.close());
  return keeper;
}

export function sendAlerts(
  { process, sql, onNote, closers }: AlertPlace,
  fleet: () => Fleet,
  { webhooksMayBePrivate: mayBePrivate }: WebhookSettings,
): void {
  const sending = startAlertWebhooks({
    process,
    book: sqlQuotaAlerts(sql),
    webhooksOf: (tenant) =>
      fleet().tenants.find(({ policy }) => policy.tenant === tenant)?.policy.alertWebhooks ?? [],
    mayBePrivate,
    onNote,
  });
  closers.add(() => sending.close());
}

export interface OpenAlerts {
  readonly hear: (record: NoteRecord) => void;
  readonly book: QuotaAlertBook;
}

/** Both, of a process that does everything. */
export function openAlerts(
  place: AlertPlace,
  fleet: () => Fleet,
  settings: WebhookSettings,
): OpenAlerts {
  const { hear } = keepAlerts(place);
  sendAlerts(place, fleet, settings);
  return { hear, book: sqlQuotaAlerts(place.sql) };
}
