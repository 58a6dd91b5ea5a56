// Alerts of quotas in the database, for their migration: one row per quota, window and level, ever, and one per alert and
// webhook that is to hear of it. Quotas of the form before are rewritten where they stand.

import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

const alerts = `
  create table quota_alerts (
    id text collate "C" primary key,
    tenant text collate "C" not null,
    period text not null,
    metric text not null,
    mode text not null,
    quota_limit float8 not null,
    quota_window text collate "C" not null,
    level int not null check (level in (80, 100)),
    used float8 not null,
    ends_at_epoch_ms float8 not null,
    reached_at_epoch_ms float8 not null,
    spread boolean not null default false
  )`;

const deliveries = `
  create table quota_webhooks (
    alert text collate "C" not null references quota_alerts (id),
    url text not null,
    tenant text collate "C" not null,
    secret_ref text,
    state text not null default 'due' check (state in ('due', 'delivered', 'dead')),
    attempts int not null default 0,
    next_at_epoch_ms float8 not null,
    last_failure text,
    primary key (alert, url)
  )`;

const renewedTerms = (table: string): string => `
  update ${table} set terms = (terms - 'quota') || jsonb_build_object('quotas',
    (case when terms->'quota' ? 'dailyTokens' then jsonb_build_array(jsonb_build_object(
       'period', 'day', 'metric', 'tokens', 'limit', terms->'quota'->'dailyTokens', 'mode', terms->'quota'->'mode'))
     else '[]'::jsonb end) ||
    (case when terms->'quota' ? 'monthlyTokens' then jsonb_build_array(jsonb_build_object(
       'period', 'month', 'metric', 'tokens', 'limit', terms->'quota'->'monthlyTokens', 'mode', terms->'quota'->'mode'))
     else '[]'::jsonb end))
  where terms ? 'quota'`;

export const quotaAlertStatements: readonly string[] = [
  alerts,
  `comment on table quota_alerts is 'one row per tenant, quota, window and level, however often it is told'`,
  "create index quota_alerts_of on quota_alerts (tenant, reached_at_epoch_ms desc)",
  "create index quota_alerts_unspread on quota_alerts (reached_at_epoch_ms) where not spread",
  ...tenantRows({ table: "quota_alerts", column: "tenant", allowed: ["select"] }),
  deliveries,
  `comment on column quota_webhooks.secret_ref is 'where the secret is found, never the secret'`,
  "create index quota_webhooks_due on quota_webhooks (next_at_epoch_ms) where state = 'due'",
  ...tenantRows({ table: "quota_webhooks", column: "tenant", allowed: [] }),
  renewedTerms("tiers"),
  renewedTerms("tenants"),
];
