// Price books, issuers and accounts in the database. Law: a book that was applied is never changed; none takes effect in a period that
// was invoiced; a change of prices and an invoice take turns.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { PriceProblem, PricesApplied, StandingBook } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { PriceBook } from "#shared/model/price-book.ts";
import { endOf, overlapOf } from "#shared/model/price-book.ts";
import { billingPeriod } from "./billing-period.ts";
import { notVoid } from "./draft-invoice.ts";
import { putAccounts } from "./price-accounts.ts";
import type { PriceFile, ProblemAt } from "./price-file.ts";
import { readPriceFile } from "./price-file.ts";
import { priceNotes } from "./price-notes.ts";

/** A dry run does all of it, and takes it back. */
class DryRun extends Error {
  readonly applied: PricesApplied;

  constructor(applied: PricesApplied) {
    super("a dry run");
    this.applied = applied;
  }
}

export async function applyPrices(
  sql: Sql,
  {
    text,
    actor,
    isDryRun,
  }: { readonly text: string; readonly actor: string; readonly isDryRun: boolean },
): Promise<PricesApplied> {
  const reading = readPriceFile(text);
  if (reading.kind === "problems") throw refused(reading.problems);
  try {
    return await sql.transaction(async (queries) => {
      // Two that apply at once take turns, and no invoice is issued meanwhile.
      await queries.query("lock table price_books in exclusive mode");
      const applied = { isDryRun, ...(await applyIn(queries, reading.prices, reading.problemAt)) };
      if (isDryRun) throw new DryRun(applied);
      const { booksAdded, accountsChanged } = applied;
      if (booksAdded.length + accountsChanged.length > 0) {
        const detail = { booksAdded, accountsChanged: accountsChanged.slice(0, 100) };
        await writeAudit(queries, { actor, action: "apply prices", detail });
      }
      return applied;
    });
  } catch (error) {
    if (error instanceof DryRun) return error.applied;
    throw error;
  }
}

function refused(problems: readonly PriceProblem[]): BillingError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new BillingError(
    "bad_price_file",
    `The price file has ${count}; nothing was changed.`,
    problems,
  );
}

async function applyIn(
  queries: SqlQueries,
  prices: PriceFile,
  problemAt: ProblemAt,
): Promise<Omit<PricesApplied, "isDryRun">> {
  const accounts = await putAccounts(queries, prices);
  const standing = await booksIn(queries);
  const problems: PriceProblem[] = accounts.problems.map(({ path, problem }) =>
    problemAt(path, problem),
  );
  const added: PriceBook[] = [];
  const kept: string[] = [];
  for (const [index, book] of prices.books.entries()) {
    const before = standing.find(({ id }) => id === book.id);
    if (before !== undefined && textOf(before) === textOf(book)) {
      kept.push(book.id);
      continue;
    }
    const problem =
      before === undefined ? await whyNot(queries, book, standing) : immutable(book.id);
    if (problem === undefined) added.push(book);
    else problems.push(problemAt(["books", index, "effectiveFrom"], problem));
  }
  if (problems.length > 0) throw refused(problems);
  for (const book of added) await insertBook(queries, book);
  const notes = await priceNotes(queries, added, [...standing, ...added], prices.accounts);
  return {
    booksAdded: added.map(({ id }) => id),
    booksStanding: kept,
    accountsChanged: accounts.changed,
    notes,
  };
}

const immutable = (id: string): string =>
  `book ${id} was applied with other prices, and is never changed: give the new one an id of its own`;

async function whyNot(
  queries: SqlQueries,
  book: PriceBook,
  standing: readonly PriceBook[],
): Promise<string | undefined> {
  for (const other of standing) {
    const overlap = overlapOf(book, other);
    if (overlap !== undefined) return `${book.id} ${overlap}`;
  }
  const mismatch = await currencyMismatch(queries, book);
  return mismatch ?? intoInvoiced(queries, book);
}

async function currencyMismatch(
  queries: SqlQueries,
  { tenant, currency }: PriceBook,
): Promise<string | undefined> {
  if (tenant === "") return undefined;
  const [row] = await queries.query(
    "select currency from billing_accounts where tenant in ($1, '') order by tenant desc limit 1",
    [tenant],
  );
  if (row === undefined || row["currency"] === currency) return undefined;
  return `currency_mismatch: it is in ${currency}, and ${tenant} is billed in ${String(row["currency"])}`;
}

async function intoInvoiced(queries: SqlQueries, book: PriceBook): Promise<string | undefined> {
  const [row] = await queries.query(
    `select coalesce(max(period), '') as period from invoices i
     where currency = $1 and ($2 = '' or tenant = $2) and ${notVoid("i.number")}`,
    [book.currency, book.tenant],
  );
  const period = billingPeriod(String(row?.["period"]));
  if (period === undefined || book.fromEpochMs >= period.toEpochMs) return undefined;
  return `${book.id} would take effect in ${period.name} or before, which has been invoiced`;
}

const textOf = ({ id, currency, tenant, fromEpochMs, toEpochMs, rates }: PriceBook): string =>
  JSON.stringify([id, currency, tenant, fromEpochMs, toEpochMs ?? null, sorted(rates)]);

/** The database gives keys back in an order of its own. */
const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sorted(inner)])
    : value;

async function insertBook(queries: SqlQueries, book: PriceBook): Promise<void> {
  await queries.query(
    `insert into price_books (id, currency, tenant, from_epoch_ms, to_epoch_ms, rates) values ($1, $2, $3, $4, $5, $6::text::jsonb)`,
    [
      book.id,
      book.currency,
      book.tenant,
      book.fromEpochMs,
      book.toEpochMs ?? null,
      JSON.stringify(book.rates),
    ],
  );
}

/** In order of time. */
export async function booksIn(queries: SqlQueries): Promise<readonly PriceBook[]> {
  const rows = await queries.query(
    "select id, currency, tenant, from_epoch_ms, to_epoch_ms, rates::text as rates from price_books order by from_epoch_ms, id",
  );
  return rows.map((row) => ({
    id: String(row["id"]),
    currency: String(row["currency"]),
    tenant: String(row["tenant"]),
    fromEpochMs: Number(row["from_epoch_ms"]),
    ...(row["to_epoch_ms"] === null ? {} : { toEpochMs: Number(row["to_epoch_ms"]) }),
    rates: JSON.parse(String(row["rates"])) as PriceBook["rates"],
  }));
}

export async function standingBooks(queries: SqlQueries): Promise<readonly StandingBook[]> {
  const books = await booksIn(queries);
  return books.map((book) => {
    const endsAtEpochMs = endOf(book, books);
    return Number.isFinite(endsAtEpochMs) ? { ...book, endsAtEpochMs } : book;
  });
}
