// Issuing: once for a tenant and period, whoever asks how often. Law: number, lines, used credits and document come into being in one
// transaction, or none of them; what was issued is never edited, and is taken back only by an entry that voids it.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { Issued, IssueWish } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { InvoiceDocument } from "#shared/model/invoice.ts";
import { decimalText, negated } from "#shared/model/money.ts";
import type { BillingAccount } from "./accounts.ts";
import { accountOf, lockBooks } from "./accounts.ts";
import { enter } from "./billing-entries.ts";
import type { BillingPeriod } from "./billing-period.ts";
import { billingPeriod } from "./billing-period.ts";
import type { CreditUsed } from "./credits.ts";
import { creditsLeft, useCredits } from "./credits.ts";
import type { Draft } from "./draft-invoice.ts";
import { adjustmentKey, draftInvoice, notVoid } from "./draft-invoice.ts";
import { invoiceDocument, subtotalOf } from "./invoice-document.ts";
import { booksIn } from "./price-store.ts";
import { openAccounts } from "./usage-sums.ts";

export interface IssuedBy extends IssueWish {
  readonly actor: string;
  readonly nowEpochMs: number;
}

export async function issueInvoice(sql: Sql, wish: IssuedBy): Promise<Issued> {
  const issued = await sql.transaction((queries) => issueIn(queries, wish));
  if (issued !== undefined) return issued;
  throw new BillingError("nothing_to_bill", `${wish.tenant} owes nothing for ${wish.period}`);
}

/** Undefined: nothing is owed; the period is closed all the same. */
async function issueIn(queries: SqlQueries, wish: IssuedBy): Promise<Issued | undefined> {
  const { tenant, nowEpochMs } = wish;
  const period = periodOf(wish.period);
  await lockBooks(queries, tenant);
  const standing = await standingInvoice(queries, tenant, period.name);
  if (standing !== undefined) return { document: standing, isNew: false };
  if (nowEpochMs < period.toEpochMs) {
    const ends = new Date(period.toEpochMs).toISOString();
    throw new BillingError(
      "period_not_over",
      `${period.name} is not over before ${ends}: a preview shows it as it stands`,
    );
  }
  // No book is applied meanwhile that would have another price for the same moment.
  await queries.query("lock table price_books in share mode");
  const account = await accountOf(queries, tenant);
  const openRequests = await openAccounts(queries, tenant, period.toEpochMs);
  if (openRequests > 0 && !wish.isForced) throw stillOpen(openRequests, period);
  const books = await booksIn(queries);
  const draft = await draftInvoice(queries, { account, period, books, nowEpochMs });
  refuseUnready(draft, tenant, period);
  await queries.query(
    "insert into closed_periods (tenant, period) values ($1, $2) on conflict do nothing",
    [tenant, period.name],
  );
  if (draft.lines.length + draft.adjustments.length === 0) return undefined;
  const { currency } = account;
  const left = await creditsLeft(queries, tenant, { currency, fromEpochMs: period.fromEpochMs });
  const credits = useCredits(subtotalOf(currency, draft), left);
  const { serial, number } = await nextNumber(queries, account);
  const document = invoiceDocument({
    number,
    account,
    period,
    issuedAtEpochMs: nowEpochMs,
    openRequests,
    draft,
    credits,
  });
  await keep(queries, { document, serial, number, draft });
  await payWith(queries, { credits, tenant, number, actor: wish.actor });
  await writeAudit(queries, {
    actor: wish.actor,
    action: "issue invoice",
    detail: {
      tenant,
      period: period.name,
      number,
      currency,
      total: document.total,
      ...(openRequests > 0 ? { isForced: true, openRequests } : {}),
    },
  });
  return { document, isNew: true };
}

export function periodOf(name: string): BillingPeriod {
  const period = billingPeriod(name);
  if (period !== undefined) return period;
  throw new BillingError(
    "bad_period",
    `expected a month such as 2026-11, found ${JSON.stringify(name.slice(0, 40))}`,
  );
}

const stillOpen = (open: number, { name }: BillingPeriod): BillingError =>
  new BillingError(
    "accounts_open",
    `${open} requests that arrived before the end of ${name} are not settled yet: wait for them, or force it, and they come late on the next invoice`,
  );

function refuseUnready(draft: Draft, tenant: string, { name }: BillingPeriod): void {
  if (draft.unpriced.length > 0) {
    const some = draft.unpriced.slice(0, 5).join("; ");
    const more = draft.unpriced.length > 5 ? `; and ${draft.unpriced.length - 5} more` : "";
    throw new BillingError(
      "unpriced_usage",
      `${tenant} used what has no price in ${name}: ${some}${more}`,
    );
  }
}

async function standingInvoice(
  queries: SqlQueries,
  tenant: string,
  period: string,
): Promise<InvoiceDocument | undefined> {
  const [row] = await queries.query(
    `select document from invoices i where tenant = $1 and period = $2 and ${notVoid("i.number")}`,
    [tenant, period],
  );
  return row === undefined ? undefined : (JSON.parse(String(row["document"])) as InvoiceDocument);
}

/** A rollback gives the number back: there are no gaps. */
async function nextNumber(
  queries: SqlQueries,
  { issuer }: BillingAccount,
): Promise<{ readonly serial: number; readonly number: string }> {
  const [row] = await queries.query(
    "update billing_issuers set last_serial = last_serial + 1 where id = $1 returning last_serial::float8 as serial",
    [issuer.id],
  );
  const serial = Number(row?.["serial"]);
  return { serial, number: `${issuer.id}-${String(serial).padStart(6, "0")}` };
}

interface Kept {
  readonly document: InvoiceDocument;
  readonly serial: number;
  readonly number: string;
  readonly draft: Draft;
}

async function keep(queries: SqlQueries, { document, serial, number, draft }: Kept): Promise<void> {
  const { issuer, tenant, period, currency, total, issuedAt } = document;
  await queries.query(
    `insert into invoices (number, issuer, serial, tenant, period, revision, currency, total, document, issued_at)
     select $1, $2, $3::bigint, $4::text, $5::text,
       1 + (select count(*) from invoices where tenant = $4::text and period = $5::text), $6, $7::text::numeric, $8, $9::text::timestamptz`,
    [
      number,
      issuer.id,
      serial,
      tenant,
      period.name,
      currency,
      total,
      JSON.stringify(document),
      issuedAt,
    ],
  );
  const lines = [
    ...draft.lines.map((one) => ({
      period: one.period,
      key: one.key,
      quantity: String(one.line.quantity),
      amount: decimalText(one.line.amount.nanos),
    })),
    ...draft.adjustments.map((one) => ({
      period: period.name,
      key: adjustmentKey(one.entry),
      quantity: "1",
      amount: decimalText(one.amount.nanos),
    })),
  ];
  await queries.query(
    `insert into invoice_lines (number, position, tenant, period, key, quantity, amount)
     select $1, place, $2, given->>'period', given->>'key', (given->>'quantity')::numeric, (given->>'amount')::numeric
     from jsonb_array_elements($3::text::jsonb) with ordinality as e(given, place)`,
    [number, tenant, JSON.stringify(lines)],
  );
}

interface Paying {
  readonly credits: readonly CreditUsed[];
  readonly tenant: string;
  readonly number: string;
  readonly actor: string;
}

async function payWith(
  queries: SqlQueries,
  { credits, tenant, number, actor }: Paying,
): Promise<void> {
  for (const { entry, amount } of credits) {
    await enter(queries, {
      tenant,
      kind: "credit-use",
      amount: negated(amount),
      reason: `invoice ${number}`,
      actor,
      key: `use/${number}/${entry}`,
      invoice: number,
      ofEntry: entry,
    });
  }
}
