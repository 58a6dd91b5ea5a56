// The billing desk over the database of ledger and registry: each question is one transaction.

import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { BillingDesk } from "#shared/model/billing-desk.ts";
import { accountOf, assertKnown } from "./accounts.ts";
import { creditsLeft, useCredits } from "./credits.ts";
import { openDispute, resolveDispute } from "./disputes.ts";
import { draftInvoice } from "./draft-invoice.ts";
import { enterByHand, writeOff } from "./enter-by-hand.ts";
import { collectMinutes } from "./export-log.ts";
import { exportPage } from "./export-page.ts";
import { invoiceCsv } from "./invoice-csv.ts";
import { invoicePage } from "./invoice-page.ts";
import { invoiceDocument, subtotalOf } from "./invoice-document.ts";
import { invoiceText, listInvoices, voidInvoice } from "./invoice-store.ts";
import { issueAll } from "./issue-all.ts";
import { issueInvoice, periodOf } from "./issue-invoice.ts";
import { applyPrices, booksIn, standingBooks } from "./price-store.ts";
import { tenantBooks } from "./tenant-invoices.ts";
import { openAccounts } from "./usage-sums.ts";

/** `epochMs`: now, of the clock that says when a period is over. */
export function openBilling(sql: Sql, epochMs: () => number): BillingDesk {
  return {
    applyPrices: (text, actor, isDryRun) => applyPrices(sql, { text, actor, isDryRun }),
    books: () => standingBooks(sql),
    issue: (wish, actor) => issueInvoice(sql, { ...wish, actor, nowEpochMs: epochMs() }),
    issueAll: (wish, actor) => issueAll(sql, { ...wish, actor, nowEpochMs: epochMs() }),
    preview: (tenant, period) =>
      sql.transaction(async (queries) => {
        await queries.query("set transaction isolation level repeatable read, read only");
        await assertKnown(queries, tenant);
        const given = {
          account: await accountOf(queries, tenant),
          period: periodOf(period),
          books: await booksIn(queries),
          nowEpochMs: epochMs(),
        };
        const draft = await draftInvoice(queries, given);
        const { currency } = given.account;
        const { fromEpochMs, toEpochMs } = given.period;
        const left = await creditsLeft(queries, tenant, { currency, fromEpochMs });
        const credits = useCredits(subtotalOf(currency, draft), left);
        const openRequests = await openAccounts(queries, tenant, toEpochMs);
        const { nowEpochMs: issuedAtEpochMs } = given;
        return invoiceDocument({
          ...given,
          number: null,
          issuedAtEpochMs,
          openRequests,
          draft,
          credits,
        });
      }),
    csv: invoiceCsv,
    page: invoicePage,
    invoiceText: (number) => invoiceText(sql, number),
    invoices: (filter) => listInvoices(sql, filter),
    voidInvoice: (number, reason, actor) => voidInvoice(sql, { number, reason, actor }),
    writeOff: (wish, actor) => writeOff(sql, { ...wish, actor }),
    grantCredit: (wish, actor) =>
      enterByHand(sql, { ...wish, kind: "credit-grant", actor, nowEpochMs: epochMs() }),
    adjust: (wish, actor) =>
      enterByHand(sql, { ...wish, kind: "adjustment", actor, nowEpochMs: epochMs() }),
    openDispute: (wish, actor) => openDispute(sql, { ...wish, actor }),
    resolveDispute: (wish, actor) => resolveDispute(sql, { ...wish, actor }),
    tenantBooks: (tenant, limit) => tenantBooks(sql, tenant, { limit, nowEpochMs: epochMs() }),
    collect: (fromEpochMs, toEpochMs) =>
      collectMinutes(sql, { fromEpochMs, toEpochMs, nowEpochMs: epochMs() }),
    exported: (format, after, limit) => exportPage(sql, { format, after, limit }),
  };
}
