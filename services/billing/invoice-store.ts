// Invoices as they stand: found, listed, voided. Law: none is ever changed; what became of one is the sum of its entries.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type { BillingEntry, InvoiceStanding } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { Money } from "#shared/model/money.ts";
import { amountText, money, negated } from "#shared/model/money.ts";
import { lockBooks } from "./accounts.ts";
import { enter } from "./billing-entries.ts";

const standing = `
  select i.number, i.tenant, i.period, i.currency, i.total::text as total,
    floor(extract(epoch from i.issued_at) * 1000)::float8 as at,
    coalesce((select sum(amount) from billing_entries e where e.invoice = i.number and e.kind = 'write-off'), 0)::text as written_off,
    exists (select from billing_entries v where v.invoice = i.number and v.kind = 'invoice-void') as is_void
  from invoices i`;

const standingOf = (row: SqlRow): InvoiceStanding => {
  const currency = String(row["currency"]);
  return {
    number: String(row["number"]),
    tenant: String(row["tenant"]),
    period: String(row["period"]),
    currency,
    total: amountText(money(currency, String(row["total"]))),
    writtenOff: amountText(money(currency, String(row["written_off"]))),
    issuedAtEpochMs: Number(row["at"]),
    isVoid: row["is_void"] === true,
  };
};

/** Newest first. */
export async function listInvoices(
  queries: SqlQueries,
  { tenant, limit }: { readonly tenant?: string; readonly limit: number },
): Promise<readonly InvoiceStanding[]> {
  const rows = await queries.query(
    `${standing} where $1::text is null or i.tenant = $1 order by i.issued_at desc, i.serial desc limit $2`,
    [tenant ?? null, limit],
  );
  return rows.map(standingOf);
}

export async function findInvoice(queries: SqlQueries, number: string): Promise<InvoiceStanding> {
  const [row] = await queries.query(`${standing} where i.number = $1`, [number]);
  if (row === undefined)
    throw new BillingError("unknown_invoice", `There is no invoice ${number}.`);
  return standingOf(row);
}

/** The bytes that were issued. */
export async function invoiceText(queries: SqlQueries, number: string): Promise<string> {
  const [row] = await queries.query("select document from invoices where number = $1", [number]);
  if (row === undefined)
    throw new BillingError("unknown_invoice", `There is no invoice ${number}.`);
  return String(row["document"]);
}

/** What its lines add up to, before credits. */
export async function subtotalOfInvoice(
  queries: SqlQueries,
  { number, currency }: Pick<InvoiceStanding, "number" | "currency">,
  line?: number,
): Promise<Money> {
  const [row] = await queries.query(
    "select sum(amount)::text as amount from invoice_lines where number = $1 and ($2::int is null or position = $2::int)",
    [number, line ?? null],
  );
  if (typeof row?.["amount"] !== "string") {
    throw new BillingError("unknown_invoice", `Invoice ${number} has no line ${line ?? "at all"}.`);
  }
  return money(currency, row["amount"]);
}

export interface Voiding {
  readonly number: string;
  readonly reason: string;
  readonly actor: string;
}

/** A reversing entry, and its credits may be used again; what is issued for the period next has a number of its own. */
export const voidInvoice = (sql: Sql, { number, reason, actor }: Voiding): Promise<BillingEntry> =>
  sql.transaction(async (queries) => {
    const { tenant } = await findInvoice(queries, number);
    await lockBooks(queries, tenant);
    const { isVoid, currency, total, writtenOff } = await findInvoice(queries, number);
    if (isVoid) throw new BillingError("already_done", `Invoice ${number} is void already.`);
    if (money(currency, writtenOff).nanos !== 0n) {
      throw new BillingError(
        "already_done",
        `Of invoice ${number} ${writtenOff} ${currency} were written off: it stays.`,
      );
    }
    await refuseCredited(queries, number);
    await returnCredits(queries, { tenant, number, actor });
    const amount = negated(money(currency, total));
    const key = `void/${number}`;
    const { entry } = await enter(queries, {
      tenant,
      kind: "invoice-void",
      amount,
      reason,
      actor,
      key,
      invoice: number,
    });
    await writeAudit(queries, {
      actor,
      action: "void invoice",
      detail: { tenant, number, reason },
    });
    return entry;
  });

/** What a credit note has given back is not reversed once more. */
async function refuseCredited(queries: SqlQueries, number: string): Promise<void> {
  const [row] = await queries.query(
    `select count(*)::int as notes from billing_entries where invoice = $1 and kind = 'credit-grant'`,
    [number],
  );
  if (Number(row?.["notes"]) === 0) return;
  const message = `A dispute of invoice ${number} was credited: it stays, an adjustment corrects it.`;
  throw new BillingError("already_done", message);
}

async function returnCredits(
  queries: SqlQueries,
  {
    tenant,
    number,
    actor,
  }: { readonly tenant: string; readonly number: string; readonly actor: string },
): Promise<void> {
  const uses = await queries.query(
    `select of_entry::float8 as of_entry, currency, amount::text as amount from billing_entries
     where invoice = $1 and kind = 'credit-use' order by seq`,
    [number],
  );
  for (const use of uses) {
    const ofEntry = Number(use["of_entry"]);
    await enter(queries, {
      tenant,
      kind: "credit-return",
      amount: negated(money(String(use["currency"]), String(use["amount"]))),
      reason: `invoice ${number} is void`,
      actor,
      key: `return/${number}/${ofEntry}`,
      invoice: number,
      ofEntry,
    });
  }
}
