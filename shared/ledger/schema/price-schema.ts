// Prices, what tenants hold by the hour, invoices and their entries in the database. Law: what was applied, issued or entered is only
// added to; a trigger refuses the rest. Money is `numeric`, never a float.

import { tenantRows } from "#shared/ledger/tenant-rows/tenant-rows.ts";

const refuseFunction = `
  create function billing_refuse() returns trigger language plpgsql as $$
  begin
    raise exception '% is only added to: there is no % of it', tg_table_name, lower(tg_op) using errcode = '42501';
  end $$`;

const appendOnly = (table: string): readonly string[] => [
  `create trigger append_only before update or delete or truncate on ${table}
     for each statement execute function billing_refuse()`,
  `alter table ${table} enable always trigger append_only`,
];

const prices: readonly string[] = [
  `create table price_books (
     id text collate "C" primary key,
     currency text not null check (currency ~ '^[A-Z]{3}$'),
     tenant text collate "C" not null,
     from_epoch_ms float8 not null,
     to_epoch_ms float8 check (to_epoch_ms > from_epoch_ms),
     rates jsonb not null,
     applied_at timestamptz not null default now(),
     unique (currency, tenant, from_epoch_ms)
   )`,
  `comment on column price_books.tenant is 'empty: every tenant of that currency'`,
  `create table billing_issuers (
     id text collate "C" primary key,
     name text not null,
     address text not null,
     last_serial bigint not null default 0
   )`,
  // No reference to tenants, as with throttles: a fleet is replaced whole, and who left is still billed.
  `create table billing_accounts (
     tenant text collate "C" primary key,
     currency text not null check (currency ~ '^[A-Z]{3}$'),
     issuer text collate "C" not null references billing_issuers,
     stripe_customer text
   )`,
  `comment on column billing_accounts.tenant is 'empty: of every tenant that has none of its own'`,
];

/** What a tenant has now that is paid for by time, of the desired state. */
const held = `
  select p.tenant, 'reserved' as kind, p.id as subject,
      coalesce(sum((w.engine->>'gpus')::float8), 0) as quantity
    from (select id, substr(class, 10) as tenant from pools where class like 'reserved:%') p
    left join workers w on w.pool = p.id group by p.tenant, p.id
  union all
  select t.id, 'tenant', t.tier, 1 from tenants t where t.id ~ '^[a-z0-9-]{1,63}$'
  union all
  select t.id, 'keeps-adapters', '', 1 from tenants t join tiers on tiers.id = t.tier
    where coalesce(t.terms->>'keepsAdapters', tiers.terms->>'keepsAdapters') = 'true'
  union all
  select tenant, 'adapter', model || ':' || name, 1 from adapter_tenants
  union all
  select u.tenant, 'adapter', u.model || ':' || u.name, 1 from uploaded_adapters u
    where u.status = 'ready' and not exists (
      select from adapter_tenants a where a.tenant = u.tenant and a.model = u.model and a.name = u.name)`;

const holdings: readonly string[] = [
  `create table holdings (
     tenant text collate "C" not null,
     kind text not null check (kind in ('tenant', 'reserved', 'adapter', 'keeps-adapters')),
     subject text collate "C" not null,
     quantity float8 not null,
     from_at timestamptz not null,
     to_at timestamptz check (to_at >= from_at)
   )`,
  "create index holdings_tenant on holdings (tenant, from_at)",
  "create unique index holdings_open on holdings (tenant, kind, subject) where to_at is null",
  `create view held_now as ${held}`,
  // What differs is closed and opened at this moment, in the transaction of the change itself.
  `create function holdings_follow() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
   declare
     moment timestamptz;
   begin
     perform pg_advisory_xact_lock(4605776);
     moment := clock_timestamp();
     update holdings h set to_at = moment where h.to_at is null and not exists (
       select from held_now n where n.tenant = h.tenant and n.kind = h.kind and n.subject = h.subject and n.quantity = h.quantity);
     insert into holdings (tenant, kind, subject, quantity, from_at)
       select n.tenant, n.kind, n.subject, n.quantity, moment from held_now n where not exists (
         select from holdings h where h.to_at is null and h.tenant = n.tenant and h.kind = n.kind and h.subject = n.subject);
     return null;
   end $$`,
  "revoke execute on function holdings_follow() from public",
  `insert into holdings (tenant, kind, subject, quantity, from_at)
     select tenant, kind, subject, quantity, now() from held_now`,
  // The last statement of a change to the fleet writes its version.
  `create trigger holdings_follow after insert on fleet_versions
     for each statement execute function holdings_follow()`,
  `create trigger holdings_follow after insert or update or delete on uploaded_adapters
     for each statement execute function holdings_follow()`,
];

const invoices: readonly string[] = [
  `create table invoices (
     number text collate "C" primary key,
     issuer text collate "C" not null references billing_issuers,
     serial bigint not null check (serial > 0),
     tenant text collate "C" not null,
     period text collate "C" not null,
     revision int not null check (revision > 0),
     currency text not null,
     total numeric(38, 9) not null,
     document text not null,
     issued_at timestamptz not null,
     unique (issuer, serial),
     unique (tenant, period, revision)
   )`,
  `comment on column invoices.document is 'JSON, the bytes that were issued'`,
  // Without it nobody would look for what came late of a period in which nothing was owed.
  `create table closed_periods (
     tenant text collate "C" not null,
     period text collate "C" not null,
     closed_at timestamptz not null default now(),
     primary key (tenant, period)
   )`,
  `create table invoice_lines (
     number text collate "C" not null references invoices,
     position int not null,
     tenant text collate "C" not null,
     period text collate "C" not null,
     key text collate "C" not null,
     quantity numeric(60, 0) not null,
     amount numeric(38, 9) not null,
     primary key (number, position)
   )`,
  `comment on column invoice_lines.period is 'in which it was used: an earlier one than the invoice''s, if it came late'`,
  "create index invoice_lines_period on invoice_lines (tenant, period)",
  `create table billing_entries (
     seq bigint generated always as identity primary key,
     tenant text collate "C" not null,
     kind text not null check (kind in
       ('credit-grant', 'credit-use', 'credit-return', 'dispute-opened', 'dispute-resolved', 'adjustment', 'write-off', 'invoice-void')),
     amount numeric(38, 9) not null,
     currency text not null,
     reason text not null,
     invoice text collate "C",
     line int,
     request_id text collate "C",
     of_entry bigint references billing_entries,
     actor text not null,
     at timestamptz not null default clock_timestamp(),
     expires_at timestamptz,
     key text collate "C" not null,
     unique (tenant, key)
   )`,
  `comment on column billing_entries.key is 'said twice, it is entered once'`,
  "create index billing_entries_of on billing_entries (of_entry) where of_entry is not null",
  "create index billing_entries_invoice on billing_entries (invoice) where invoice is not null",
];

const exports: readonly string[] = [
  // What was told to others, minute by minute: what comes late is told as the difference.
  `create table usage_exports (
     seq bigint generated always as identity primary key,
     tenant text collate "C" not null,
     minute_epoch_s bigint not null,
     revision int not null check (revision > 0),
     requests numeric(30, 0) not null,
     input_tokens numeric(30, 0) not null,
     cached_tokens numeric(30, 0) not null,
     output_tokens numeric(30, 0) not null,
     told_at timestamptz not null default clock_timestamp(),
     unique (tenant, minute_epoch_s, revision)
   )`,
];

/** After the migration that gives `usage` its tier, class and split. */
export const priceSchema: readonly string[] = [
  refuseFunction,
  ...prices,
  ...holdings,
  ...invoices,
  ...exports,
  "create index usage_split on usage (tenant, split_at_epoch_ms) where split_at_epoch_ms > 0",
  ...[
    "price_books",
    "invoices",
    "invoice_lines",
    "billing_entries",
    "usage_exports",
    "closed_periods",
  ].flatMap(appendOnly),
  ...[
    { table: "price_books", allowed: [] },
    { table: "billing_accounts", allowed: [] },
    { table: "holdings", allowed: [] },
    { table: "closed_periods", allowed: [] },
    { table: "invoices", allowed: ["select"] },
    { table: "invoice_lines", allowed: ["select"] },
    { table: "billing_entries", allowed: ["select"] },
    { table: "usage_exports", allowed: [] },
  ].flatMap(({ table, allowed }) => tenantRows({ table, column: "tenant", allowed })),
];
