// The shape of the database, step by step: the registry's desired state, and the usage ledger.
// Only SQL that Postgres 15 and 18 both accept. Words sort by code unit (collate "C"), as in TypeScript.

import { auditChain } from "#shared/ledger/audit/audit-schema.ts";
import { gpuSchema } from "#shared/ledger/gpu-time/gpu-schema.ts";
import type { Migration } from "./migrate.ts";
import { priceSchema } from "./price-schema.ts";
import { narrowSchema } from "#shared/ledger/sums/narrow-roll-ups.ts";
import { fillNarrowRollUps, sumUpStanding } from "#shared/ledger/sums/standing-usage.ts";
import { rollUps } from "#shared/ledger/sums/roll-up-schema.ts";
import { shapeTimeSchema } from "#shared/ledger/gpu-time/sql-shape-time.ts";
import { reconcileSchema } from "#shared/ledger/reconcile/reconcile-schema.ts";
import {
  tenantRole,
  tenantRoleStatements,
  tenantRows,
} from "#shared/ledger/tenant-rows/tenant-rows.ts";
import { quotaAlertStatements } from "./quota-alert-schema.ts";

const registry: readonly string[] = [
  `create table tiers (
     id text collate "C" primary key,
     weight int not null check (weight > 0),
     band int not null check (band >= 0),
     limits jsonb not null
   )`,
  `create table tenants (
     id text collate "C" primary key,
     tier text collate "C" not null references tiers,
     trust_group text not null,
     limits jsonb not null
   )`,
  `comment on column tenants.limits is 'what this tenant has other than its tier'`,
  `create table keys (
     id text collate "C" primary key,
     tenant text collate "C" not null references tenants,
     sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
     revoked boolean not null
   )`,
  `create table models (
     id text collate "C" primary key,
     version text not null,
     tokenizer text not null,
     context_tokens_max int not null check (context_tokens_max > 0),
     output_tokens_default int not null check (output_tokens_default > 0),
     created_at_epoch_s bigint not null
   )`,
  `create table tenant_models (
     tenant text collate "C" not null references tenants,
     model text collate "C" not null references models,
     primary key (tenant, model)
   )`,
  `create table pools (
     id text collate "C" primary key,
     model text collate "C" not null references models,
     region text not null,
     class text not null
   )`,
  `create table workers (
     id text collate "C" primary key,
     pool text collate "C" not null references pools,
     zone text not null,
     host text not null,
     engine jsonb not null
   )`,
  `create table adapters (
     name text collate "C" not null,
     model text collate "C" not null references models,
     digest text collate "C" not null check (digest ~ '^[0-9a-f]{64}$'),
     bytes bigint not null check (bytes > 0),
     primary key (model, name, digest)
   )`,
  `create table adapter_tenants (
     model text collate "C" not null,
     name text collate "C" not null,
     digest text collate "C" not null,
     tenant text collate "C" not null references tenants,
     primary key (model, name, tenant),
     foreign key (model, name, digest) references adapters (model, name, digest)
   )`,
  `create table fleet_versions (
     version int primary key,
     digest text not null,
     applied_at timestamptz not null default now()
   )`,
  `create table audit (
     id bigint generated always as identity primary key,
     at timestamptz not null default now(),
     actor text not null,
     action text not null,
     detail jsonb not null
   )`,
];

const usage: readonly string[] = [
  `create table usage (
     tenant text collate "C" not null,
     request_id text collate "C" not null,
     is_final boolean not null,
     model text collate "C" not null,
     model_version text collate "C" not null,
     adapter_digest text collate "C" not null,
     pool text collate "C" not null,
     worker text collate "C" not null,
     worker_type text collate "C" not null,
     outcome text collate "C" not null,
     arrived_at_epoch_ms float8 not null,
     prompt_tokens float8 not null,
     cached_tokens float8 not null,
     output_tokens float8 not null,
     queue_ms float8 not null,
     prefill_ms float8 not null,
     decode_ms float8 not null,
     kv_block_ms float8 not null,
     preemptions float8 not null,
     attempts float8 not null,
     gpu_us float8 not null,
     primary key (tenant, request_id)
   )`,
  `comment on table usage is 'one row per (tenant, request); numbers merge by maximum, a final row never changes'`,
  `create index usage_recent on usage (tenant, arrived_at_epoch_ms desc)`,
  `create index usage_arrived on usage (arrived_at_epoch_ms desc)`,
];

const service: readonly string[] = [
  `alter table tiers add column terms jsonb not null default '{}'`,
  `comment on column tiers.terms is 'band floor, right to preempt, KV budget, quota: only what the tier says'`,
  `alter table tenants add column terms jsonb not null default '{}'`,
  `comment on column tenants.terms is 'what this tenant has other than its tier, a whole budget or quota at a time'`,
  // No reference to tenants: a fleet is replaced whole, and a throttle outlives that.
  `create table throttles (
     tenant text collate "C" primary key,
     percent int not null check (percent between 1 and 99)
   )`,
];

const servedBy: readonly string[] = [
  "alter table pools add column policy text, add column cost jsonb",
];

const abandoned: readonly string[] = [
  // What is open already has an hour more.
  `alter table usage add column overdue_at timestamptz not null default now() + interval '1 hour'`,
  `comment on column usage.overdue_at is 'while it is open: from then on nobody is left who could close it'`,
  `create index usage_open on usage (overdue_at) where not is_final`,
];

const computedWhere: readonly string[] = [
  `alter table usage add column zone text collate "C" not null default ''`,
  `comment on column usage.zone is 'of the last worker that ran it; empty: none did, or it is older than this column'`,
];

const uploads: readonly string[] = [
  "alter table models add column shape jsonb",
  // No reference to tenants or models, as with throttles: a fleet is replaced whole, and what a tenant brought outlives that.
  `create table uploaded_adapters (
     tenant text collate "C" not null,
     name text collate "C" not null,
     model text collate "C" not null,
     digest text collate "C" not null check (digest ~ '^[0-9a-f]{64}$'),
     bytes bigint not null check (bytes > 0),
     format text not null,
     rank int not null check (rank > 0),
     alpha float8 not null,
     modules jsonb not null,
     status text not null check (status in ('validated', 'ready', 'rejected')),
     reason text,
     created_at timestamptz not null default now(),
     primary key (tenant, name)
   )`,
  "create index uploaded_adapters_digest on uploaded_adapters (digest)",
];

const ownRows: readonly string[] = [
  ...tenantRoleStatements,
  ...[
    { table: "tenants", column: "id", allowed: ["select"] },
    // Not the hash: who asks in a tenant's name has no use for it.
    { table: "keys", column: "tenant", allowed: ["select (id, tenant, revoked)"] },
    { table: "tenant_models", column: "tenant", allowed: ["select"] },
    { table: "adapter_tenants", column: "tenant", allowed: ["select"] },
    {
      table: "uploaded_adapters",
      column: "tenant",
      allowed: ["select, insert, delete", "update (status, reason)"],
    },
    { table: "usage", column: "tenant", allowed: ["select"] },
    { table: "throttles", column: "tenant", allowed: ["select"] },
  ].flatMap(tenantRows),
];

const credentials: readonly string[] = [
  `alter table keys add column expires_at_ms float8, add column models jsonb, add column scopes jsonb`,
  // No references, as with throttles: a fleet is replaced whole, and what was made or ended by command outlives that.
  `create table made_keys (
     id text collate "C" primary key,
     tenant text collate "C" not null,
     sha256 text collate "C" not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
     expires_at_ms float8,
     models jsonb,
     scopes jsonb,
     created_at_ms float8 not null
   )`,
  "create index made_keys_tenant on made_keys (tenant)",
  `create table key_ends (
     sha256 text collate "C" primary key check (sha256 ~ '^[0-9a-f]{64}$'),
     tenant text collate "C" not null,
     revoked boolean not null,
     ends_at_ms float8 not null
   )`,
  `comment on table key_ends is 'by the key itself, not by its handle: no fleet file brings back what was ended, under whatever name'`,
  `create table issuers (
     id text collate "C" primary key,
     spec jsonb not null
   )`,
  // Nothing of them: who asks in a tenant's name makes and ends no keys.
  ...["made_keys", "key_ends"].flatMap((table) =>
    tenantRows({ table, column: "tenant", allowed: [] }),
  ),
];

const catalogue: readonly string[] = [
  "alter table models add column catalogue jsonb not null default '{}'",
  `comment on column models.catalogue is 'artefact, format, runtimes, needs, status, scope: only what was said; and since when it is deprecated'`,
  "alter table tenants add column pool text, add column system_prompts jsonb",
  // Outlives the fleet, which is replaced whole: what a version was once said to be it stays.
  `create table model_versions (
     model text collate "C" not null,
     version text collate "C" not null,
     tokenizer text not null,
     artefact_digest text,
     format text,
     quantisation text,
     shape jsonb,
     applied_at timestamptz not null default now(),
     primary key (model, version)
   )`,
  `insert into model_versions (model, version, tokenizer, shape)
     select id, version, case when tokenizer like '{%' then tokenizer::jsonb->>'digest' else tokenizer end, shape
     from models`,
  `create table aliases (
     name text collate "C" not null,
     target text collate "C" not null,
     tenants jsonb,
     system_prompt text
   )`,
  // No reference to tenants, as with throttles: a fleet is replaced whole, and what an operator set outlives that.
  `create table set_aliases (
     tenant text collate "C" not null,
     name text collate "C" not null,
     target text collate "C" not null,
     set_at timestamptz not null default now(),
     primary key (tenant, name)
   )`,
  `comment on column set_aliases.tenant is 'empty: of the platform'`,
  ...tenantRows({ table: "set_aliases", column: "tenant", allowed: ["select"] }),
];

const rollouts: readonly string[] = [
  // No references to models or tenants, as with throttles: a fleet is replaced whole, and what a name means outlives that.
  `create table rollouts (
     id text collate "C" primary key,
     model text collate "C" not null,
     name text collate "C" not null,
     tenant text collate "C",
     from_digest text collate "C" not null check (from_digest ~ '^[0-9a-f]{64}$'),
     to_digest text collate "C" not null check (to_digest ~ '^[0-9a-f]{64}$'),
     state text not null check (state in ('live', 'paused', 'done', 'rolled-back', 'aborted')),
     stage int not null check (stage >= 0),
     share int not null check (share between 0 and 10000),
     shadow_share int not null check (shadow_share between 0 and 10000),
     revision int not null check (revision > 0),
     reason text not null,
     started_at timestamptz not null default now(),
     ended_at timestamptz
   )`,
  `comment on column rollouts.tenant is 'null: every tenant that has an adapter of this name'`,
  // One at a time of a name.
  `create unique index rollouts_live on rollouts (model, name, coalesce(tenant, ''))
     where state in ('live', 'paused')`,
  "create index rollouts_recent on rollouts (started_at desc)",
  // Beside it, because every process reads what is desired, and this is the decider's alone.
  `create table rollout_books (
     id text collate "C" primary key references rollouts on delete cascade,
     plan jsonb not null,
     progress jsonb
   )`,
  ...tenantRows({ table: "rollouts", column: "tenant", allowed: [] }),
];

const trials: readonly string[] = [
  "alter table uploaded_adapters drop constraint uploaded_adapters_status_check",
  `alter table uploaded_adapters add constraint uploaded_adapters_status_check
     check (status in ('validated', 'trying', 'ready', 'rejected'))`,
  "alter table uploaded_adapters add column tried boolean not null default false",
  `comment on column uploaded_adapters.tried is 'a worker has brought a token with it; false of a ready one: it is from before adapters were tried'`,
  `grant update (tried) on uploaded_adapters to ${tenantRole}`,
];

const modelRollouts: readonly string[] = [
  'alter table rollouts add column from_model text collate "C", add column to_model text collate "C"',
  "alter table rollouts drop constraint rollouts_from_digest_check, drop constraint rollouts_to_digest_check",
  `alter table rollouts
     add constraint rollouts_from_digest_check check (from_digest ~ '^([0-9a-f]{64})?$'),
     add constraint rollouts_to_digest_check check (to_digest ~ '^([0-9a-f]{64})?$'),
     add constraint rollouts_of_what check (case when name = ''
       then from_model is not null and to_model is not null and from_digest = '' and to_digest = ''
       else from_model is null and to_model is null and from_digest <> '' and to_digest <> '' end)`,
  `comment on column rollouts.name is 'empty: the name of the model itself, on its way from from_model to to_model'`,
];

const pricedBy: readonly string[] = [
  `alter table usage
     add column pool_class text collate "C" not null default '',
     add column tier text collate "C" not null default '',
     add column split_at_epoch_ms float8 not null default 0,
     add column output_tokens_before float8 not null default 0`,
  `comment on column usage.pool_class is 'interactive, batch or reserved; empty: not known, as with tier'`,
  `comment on column usage.tier is 'of the tenant, when the request was admitted'`,
  `comment on column usage.split_at_epoch_ms is 'the UTC midnight that its output crossed, 0: none; what came after belongs to that day'`,
  `comment on column usage.output_tokens_before is 'of output_tokens, those before split_at_epoch_ms'`,
];

export const migrations: readonly Migration[] = [
  { version: 1, name: "registry", statements: registry },
  { version: 2, name: "usage ledger", statements: usage },
  { version: 3, name: "service terms and throttles", statements: service },
  { version: 4, name: "how a pool serves", statements: servedBy },
  { version: 5, name: "accounts that nobody closes", statements: abandoned },
  { version: 6, name: "where a request was computed", statements: computedWhere },
  { version: 7, name: "uploaded adapters", statements: uploads },
  {
    version: 8,
    name: "rows by tenant, and a chained audit",
    statements: [...ownRows, ...auditChain],
  },
  { version: 9, name: "keys made and ended by command, token issuers", statements: credentials },
  { version: 10, name: "model catalogue", statements: catalogue },
  { version: 11, name: "rollouts", statements: rollouts },
  { version: 12, name: "adapters are tried", statements: trials },
  { version: 13, name: "rollouts of models", statements: modelRollouts },
  { version: 14, name: "what usage is priced by", statements: pricedBy },
  { version: 15, name: "where GPU time goes", statements: gpuSchema },
  { version: 16, name: "prices, invoices and entries", statements: priceSchema },
  { version: 17, name: "roll-ups of usage", statements: rollUps, fill: sumUpStanding },
  { version: 18, name: "proof of billing", statements: reconcileSchema },
  { version: 19, name: "several quotas, and their alerts", statements: quotaAlertStatements },
  { version: 20, name: "GPU time by shape", statements: shapeTimeSchema },
  {
    version: 21,
    name: "roll-ups by fewer words",
    statements: narrowSchema,
    fill: fillNarrowRollUps,
  },
];
