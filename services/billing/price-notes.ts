// What of new price books is allowed, and may be a mistake: names that the fleet does not know, and time that nothing prices.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { PriceBook } from "#shared/model/price-book.ts";
import { endOf, scopeOf } from "#shared/model/price-book.ts";
import type { AccountWish } from "./price-file.ts";

export async function priceNotes(
  queries: SqlQueries,
  added: readonly PriceBook[],
  all: readonly PriceBook[],
  accounts: readonly AccountWish[],
): Promise<readonly string[]> {
  const known = async (table: "models" | "tiers" | "tenants"): Promise<ReadonlySet<string>> => {
    const text = {
      models: "select id from models",
      tiers: "select id from tiers",
      tenants: "select id from tenants",
    };
    return new Set((await queries.query(text[table])).map(({ id }) => String(id)));
  };
  const [models, tiers, tenants] = [
    await known("models"),
    await known("tiers"),
    await known("tenants"),
  ];
  const unknown = added.flatMap(({ id, tenant, rates }) => {
    const tierEntries = Object.entries(rates.tiers ?? {});
    const named = [rates.models, ...tierEntries.map(([, tier]) => tier.models ?? {})].flatMap(
      Object.keys,
    );
    return [
      ...[...new Set(named)]
        .filter((model) => model !== "*" && !models.has(model))
        .map((model) => `book ${id} prices model ${model}, which the fleet does not have`),
      ...tierEntries
        .filter(([tier]) => !tiers.has(tier))
        .map(([tier]) => `book ${id} prices tier ${tier}, which the fleet does not have`),
      ...(tenant === "" || tenants.has(tenant)
        ? []
        : [`book ${id} is for ${tenant}, which the fleet does not have`]),
    ];
  });
  const unknownAccounts = accounts
    .filter(({ tenant }) => tenant !== "" && !tenants.has(tenant))
    .map(({ tenant }) => `there is an account for ${tenant}, which the fleet does not have`);
  const notes = [...unknown, ...unknownAccounts, ...pricelessNotes(accounts, all)];
  return [...notes, ...gapNotes(added, all)].slice(0, 100);
}

const pricelessNotes = (
  accounts: readonly AccountWish[],
  all: readonly PriceBook[],
): readonly string[] =>
  accounts
    .filter(
      ({ tenant, currency }) =>
        !all.some(
          (book) => book.currency === currency && (book.tenant === "" || book.tenant === tenant),
        ),
    )
    .map(
      ({ tenant, currency }) =>
        `${tenant === "" ? "who has no account of their own" : tenant} is billed in ${currency}, and no book has prices in it: what is used cannot be billed`,
    );

/** A gap is allowed; what is used in it cannot be billed. */
const gapNotes = (added: readonly PriceBook[], all: readonly PriceBook[]): readonly string[] =>
  added.flatMap((book) => {
    const scope = all.filter((other) => scopeOf(other) === scopeOf(book));
    const end = endOf(book, scope);
    if (!Number.isFinite(end) || book.tenant !== "") return [];
    if (scope.some(({ fromEpochMs }) => fromEpochMs === end)) return [];
    return [
      `after book ${book.id} ends (${new Date(end).toISOString()}) there is no price in ${book.currency}: what is used then cannot be billed`,
    ];
  });
