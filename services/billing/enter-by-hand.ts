// What an operator enters: credits, adjustments, write-offs. Law: whole minor units of the tenant's own currency, under a key that makes
// saying it twice harmless, with an audit row.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { BillingEntry, EntryKind, NewEntry } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { Money } from "#shared/model/money.ts";
import { amountText, minus, money, MoneyError, payable } from "#shared/model/money.ts";
import { accountOf, assertKnown, lockBooks } from "./accounts.ts";
import type { ToEnter } from "./billing-entries.ts";
import { enter } from "./billing-entries.ts";
import { findInvoice } from "./invoice-store.ts";

/** In the tenant's currency; what it is in must be that. */
export function amountOf(text: string, currency: string, said: string | undefined): Money {
  if (said !== undefined && said !== currency) {
    throw new BillingError(
      "currency_mismatch",
      `The tenant is billed in ${currency}, not in ${said}.`,
    );
  }
  try {
    return payable(currency, text);
  } catch (error) {
    if (error instanceof MoneyError)
      throw new BillingError("bad_amount", `amount: ${error.message}`);
    throw error;
  }
}

export function positive(amount: Money): Money {
  if (amount.nanos > 0n) return amount;
  throw new BillingError("bad_amount", `amount: expected more than 0, found ${amountText(amount)}`);
}

/** With its audit row, where it is new. */
export async function enterAudited(queries: SqlQueries, one: ToEnter): Promise<BillingEntry> {
  const { entry, isNew } = await enter(queries, one);
  if (isNew) {
    const { tenant, amount, currency, reason, invoice } = entry;
    const detail = {
      tenant,
      entry: entry.seq,
      amount,
      currency,
      reason,
      ...(invoice === undefined ? {} : { invoice }),
    };
    await writeAudit(queries, { actor: one.actor, action: `enter ${one.kind}`, detail });
  }
  return entry;
}

export interface ByHand extends NewEntry {
  readonly kind: Extract<EntryKind, "credit-grant" | "adjustment">;
  readonly actor: string;
  readonly nowEpochMs: number;
}

/** A credit is more than 0; an adjustment, of either sign, is on the next invoice as a line of its own. */
export const enterByHand = (
  sql: Sql,
  { kind, nowEpochMs, ...wish }: ByHand,
): Promise<BillingEntry> =>
  sql.transaction(async (queries) => {
    const { tenant, invoice, line, requestId, expiresAtEpochMs, reason, actor } = wish;
    assertUsable(expiresAtEpochMs, nowEpochMs);
    await lockBooks(queries, tenant);
    await assertKnown(queries, tenant);
    const { currency } = await accountOf(queries, tenant);
    const amount = amountOf(wish.amount, currency, wish.currency);
    if (kind === "credit-grant") positive(amount);
    if (amount.nanos === 0n) throw new BillingError("bad_amount", "amount: expected other than 0");
    if (invoice !== undefined) await assertOwn(queries, invoice, tenant);
    const key = `said/${wish.key}`;
    return enterAudited(queries, {
      tenant,
      kind,
      amount,
      reason,
      actor,
      key,
      invoice,
      line,
      requestId,
      expiresAtEpochMs,
    });
  });

/** What has ended before the last month began pays no invoice that is still to come; within it, it may. */
function assertUsable(expiresAtEpochMs: number | undefined, nowEpochMs: number): void {
  if (expiresAtEpochMs === undefined) return;
  const now = new Date(nowEpochMs);
  const lastMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1);
  if (expiresAtEpochMs > lastMonth) return;
  throw new BillingError(
    "bad_period",
    `expires: expected a moment after ${new Date(lastMonth).toISOString()}: no invoice to come would use it`,
  );
}

export async function assertOwn(
  queries: SqlQueries,
  number: string,
  tenant: string,
): Promise<void> {
  const invoice = await findInvoice(queries, number);
  // In the words of one that is not there.
  if (invoice.tenant !== tenant) {
    throw new BillingError("unknown_invoice", `There is no invoice ${number} of ${tenant}.`);
  }
}

export interface WriteOff extends Omit<NewEntry, "tenant"> {
  readonly invoice: string;
  readonly actor: string;
}

/** No more than is left of what the invoice asks for. */
export const writeOff = (sql: Sql, wish: WriteOff): Promise<BillingEntry> =>
  sql.transaction(async (queries) => {
    const { tenant } = await findInvoice(queries, wish.invoice);
    await lockBooks(queries, tenant);
    const { currency, total, writtenOff, isVoid } = await findInvoice(queries, wish.invoice);
    const amount = positive(amountOf(wish.amount, currency, wish.currency));
    const { reason, actor, invoice } = wish;
    const key = `said/${wish.key}`;
    const entered: ToEnter = { tenant, kind: "write-off", amount, reason, actor, key, invoice };
    const [before] = await queries.query(
      "select seq from billing_entries where tenant = $1 and key = $2",
      [tenant, key],
    );
    if (before !== undefined) return enterAudited(queries, entered);
    if (isVoid) throw new BillingError("already_done", `Invoice ${invoice} is void.`);
    const left = minus(money(currency, total), money(currency, writtenOff));
    if (amount.nanos > left.nanos) {
      throw new BillingError(
        "too_much",
        `Of invoice ${invoice} ${amountText(left)} ${currency} are left to be written off.`,
      );
    }
    return enterAudited(queries, entered);
  });
