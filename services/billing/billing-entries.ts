// A tenant's entries: credits, disputes, adjustments, write-offs, voids. Law: they are added, never edited; one key is one entry; every
// balance is a sum over them.

import type { SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type { BillingEntry, EntryKind } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { Money } from "#shared/model/money.ts";
import { amountText, decimalText, money } from "#shared/model/money.ts";

export interface ToEnter {
  readonly tenant: string;
  readonly kind: EntryKind;
  readonly amount: Money;
  readonly reason: string;
  readonly actor: string;
  readonly key: string;
  readonly invoice?: string | undefined;
  readonly line?: number | undefined;
  readonly requestId?: string | undefined;
  readonly ofEntry?: number | undefined;
  readonly expiresAtEpochMs?: number | undefined;
}

const columns = `seq::float8 as seq, tenant, kind, amount::text as amount, currency, reason, invoice, line, request_id,
  of_entry::float8 as of_entry, actor, floor(extract(epoch from at) * 1000)::float8 as at,
  floor(extract(epoch from expires_at) * 1000)::float8 as expires_at`;

export interface Entered {
  readonly entry: BillingEntry;
  /** False: the same was entered before. */
  readonly isNew: boolean;
}

/** Under `lockBooks`. The same key with something else in it is refused. */
export async function enter(queries: SqlQueries, one: ToEnter): Promise<Entered> {
  const [row] = await queries.query(
    `insert into billing_entries (tenant, kind, amount, currency, reason, invoice, line, request_id, of_entry, actor, expires_at, key)
     values ($1, $2, $3::text::numeric, $4, $5, $6, $7::int, $8, $9::bigint, $10, to_timestamp($11::float8 / 1000), $12)
     on conflict (tenant, key) do nothing returning ${columns}`,
    [
      one.tenant,
      one.kind,
      decimalText(one.amount.nanos),
      one.amount.currency,
      one.reason,
      one.invoice ?? null,
      one.line ?? null,
      one.requestId ?? null,
      one.ofEntry ?? null,
      one.actor,
      one.expiresAtEpochMs ?? null,
      one.key,
    ],
  );
  if (row !== undefined) return { entry: entryOf(row), isNew: true };
  const [before] = await queries.query(
    `select ${columns} from billing_entries where tenant = $1 and key = $2`,
    [one.tenant, one.key],
  );
  const entry = entryOf(before ?? {});
  const isSame =
    entry.kind === one.kind &&
    entry.amount === amountText(one.amount) &&
    entry.currency === one.amount.currency;
  if (isSame) return { entry, isNew: false };
  throw new BillingError(
    "key_reused",
    `entry ${entry.seq} of ${one.tenant} has this key, and is another: ${entry.kind} of ${entry.amount} ${entry.currency}`,
  );
}

/** Newest first. */
export async function entriesOf(
  queries: SqlQueries,
  tenant: string,
  limit: number,
): Promise<readonly BillingEntry[]> {
  const rows = await queries.query(
    `select ${columns} from billing_entries where tenant = $1 order by billing_entries.seq desc limit $2`,
    [tenant, limit],
  );
  return rows.map(entryOf);
}

export async function findEntry(
  queries: SqlQueries,
  seq: number,
): Promise<BillingEntry | undefined> {
  const [row] = await queries.query(
    `select ${columns} from billing_entries where billing_entries.seq = $1`,
    [seq],
  );
  return row === undefined ? undefined : entryOf(row);
}

const entryOf = (row: SqlRow): BillingEntry => {
  const currency = String(row["currency"]);
  return {
    seq: Number(row["seq"]),
    tenant: String(row["tenant"]),
    kind: String(row["kind"]) as EntryKind,
    amount: amountText(money(currency, String(row["amount"]))),
    currency,
    reason: String(row["reason"]),
    actor: String(row["actor"]),
    atEpochMs: Number(row["at"]),
    ...given("invoice", row["invoice"]),
    ...given("line", row["line"]),
    ...given("requestId", row["request_id"]),
    ...given("ofEntry", row["of_entry"]),
    ...given("expiresAtEpochMs", row["expires_at"]),
  };
};

const given = (name: string, value: unknown): object => (value === null ? {} : { [name]: value });
