// Disputes: opened about an invoice, one of its lines or a request; resolved once. Law: what is granted is a credit of its own, at most
// what was disputed, and over all disputes of an invoice at most what it asked for.

import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { BillingEntry, NewEntry } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { Money } from "#shared/model/money.ts";
import { amountText, minus, money } from "#shared/model/money.ts";
import { lockBooks } from "./accounts.ts";
import { findEntry } from "./billing-entries.ts";
import { amountOf, assertOwn, enterAudited, positive } from "./enter-by-hand.ts";
import { findInvoice, subtotalOfInvoice } from "./invoice-store.ts";

export const openDispute = (
  sql: Sql,
  wish: NewEntry & { readonly actor: string },
): Promise<BillingEntry> =>
  sql.transaction(async (queries) => {
    const { tenant, invoice = "", line, requestId, reason, actor } = wish;
    await lockBooks(queries, tenant);
    await assertOwn(queries, invoice, tenant);
    const standing = await findInvoice(queries, invoice);
    if (standing.isVoid) throw new BillingError("already_done", `Invoice ${invoice} is void.`);
    const amount = positive(amountOf(wish.amount, standing.currency, wish.currency));
    const most = await subtotalOfInvoice(queries, standing, line);
    if (amount.nanos > most.nanos) {
      throw new BillingError(
        "too_much",
        `No more than ${amountText(most)} ${standing.currency} can be disputed there.`,
      );
    }
    const key = `said/${wish.key}`;
    return enterAudited(queries, {
      tenant,
      kind: "dispute-opened",
      amount,
      reason,
      actor,
      key,
      invoice,
      line,
      requestId,
    });
  });

export interface Resolving {
  readonly dispute: number;
  readonly amount: string;
  readonly reason: string;
  readonly actor: string;
}

/** Said again as it was it is answered as it was; otherwise refused. */
export const resolveDispute = (sql: Sql, wish: Resolving): Promise<BillingEntry> =>
  sql.transaction(async (queries) => {
    const dispute = await findEntry(queries, wish.dispute);
    if (dispute?.kind !== "dispute-opened") {
      throw new BillingError("unknown_entry", `Entry ${wish.dispute} is no dispute.`);
    }
    const { tenant, currency, invoice = "", line, requestId, seq } = dispute;
    await lockBooks(queries, tenant);
    const amount = amountOf(wish.amount, currency, undefined);
    const disputed = money(currency, dispute.amount);
    if (amount.nanos < 0n || amount.nanos > disputed.nanos) {
      throw new BillingError(
        "too_much",
        `amount: expected 0 to ${dispute.amount} ${currency}, what was disputed`,
      );
    }
    const key = `resolve/${seq}`;
    const [before] = await queries.query(
      "select seq from billing_entries where tenant = $1 and key = $2",
      [tenant, key],
    );
    if (before === undefined) await refuseTooMuch(queries, { invoice, amount });
    const { reason, actor } = wish;
    const common = { tenant, amount, reason, actor, invoice, line, requestId, ofEntry: seq };
    const resolved = await enterAudited(queries, { ...common, kind: "dispute-resolved", key });
    if (amount.nanos > 0n) {
      const words = `dispute ${seq} of invoice ${invoice}: ${reason}`;
      await enterAudited(queries, {
        ...common,
        kind: "credit-grant",
        reason: words,
        key: `credit-note/${seq}`,
      });
    }
    return resolved;
  });

async function refuseTooMuch(
  queries: SqlQueries,
  { invoice, amount }: { readonly invoice: string; readonly amount: Money },
): Promise<void> {
  const standing = await findInvoice(queries, invoice);
  const { currency } = standing;
  if (standing.isVoid)
    throw new BillingError("already_done", `Invoice ${invoice} is void: nothing of it is owed.`);
  const [row] = await queries.query(
    "select coalesce(sum(amount), 0)::text as amount from billing_entries where invoice = $1 and kind = 'dispute-resolved'",
    [invoice],
  );
  const granted = money(currency, String(row?.["amount"]));
  const left = minus(await subtotalOfInvoice(queries, standing), granted);
  if (amount.nanos <= left.nanos) return;
  throw new BillingError(
    "too_much",
    `Of invoice ${invoice} ${amountText(left)} ${currency} have not been credited yet.`,
  );
}
