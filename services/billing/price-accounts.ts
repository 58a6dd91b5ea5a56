// Issuers and accounts of a price file into the database. Law: what the file does not name stays; a tenant that has invoices or entries
// keeps its currency.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { AccountWish, PriceFile } from "./price-file.ts";

export interface AccountsPut {
  readonly changed: readonly string[];
  readonly problems: readonly {
    readonly path: readonly (string | number)[];
    readonly problem: string;
  }[];
}

export async function putAccounts(
  queries: SqlQueries,
  { issuers, accounts }: PriceFile,
): Promise<AccountsPut> {
  await queries.query(
    `insert into billing_issuers (id, name, address)
     select given->>'id', given->>'name', given->>'address' from jsonb_array_elements($1::text::jsonb) as given
     on conflict (id) do update set name = excluded.name, address = excluded.address`,
    [JSON.stringify(issuers)],
  );
  const known = (await queries.query("select id from billing_issuers order by id")).map(({ id }) =>
    String(id),
  );
  const changed: string[] = [];
  const problems: { path: (string | number)[]; problem: string }[] = [];
  for (const [index, account] of accounts.entries()) {
    const issuer = account.issuer ?? (known.length === 1 ? known[0] : undefined);
    const problem =
      issuer === undefined || !known.includes(issuer)
        ? `expected the id of an issuer (${known.join(", ") || "there is none"})`
        : await keptCurrency(queries, account);
    if (problem !== undefined) problems.push({ path: ["accounts", index], problem });
    else if (await putAccount(queries, account, issuer ?? "")) changed.push(account.tenant || "*");
  }
  return { changed, problems };
}

async function keptCurrency(
  queries: SqlQueries,
  { tenant, currency }: AccountWish,
): Promise<string | undefined> {
  const [row] = await queries.query(
    `select tenant, currency from (
       select tenant, currency from invoices union select tenant, currency from billing_entries
       union select tenant, currency from price_books where tenant <> ''
     ) had
     where currency <> $2 and (tenant = $1 or $1 = '' and tenant not in (select tenant from billing_accounts where tenant <> ''))
     limit 1`,
    [tenant, currency],
  );
  if (row === undefined) return undefined;
  return `currency_mismatch: ${String(row["tenant"])} has prices, invoices or entries in ${String(row["currency"])}, not in ${currency}`;
}

/** Whether anything of it is new. */
async function putAccount(
  queries: SqlQueries,
  { tenant, currency, stripeCustomer }: AccountWish,
  issuer: string,
): Promise<boolean> {
  const rows = await queries.query(
    `insert into billing_accounts as a (tenant, currency, issuer, stripe_customer) values ($1, $2, $3, $4)
     on conflict (tenant) do update set currency = excluded.currency, issuer = excluded.issuer, stripe_customer = excluded.stripe_customer
     where (a.currency, a.issuer, a.stripe_customer) is distinct from (excluded.currency, excluded.issuer, excluded.stripe_customer)
     returning tenant`,
    [tenant, currency, issuer, stripeCustomer ?? null],
  );
  return rows.length > 0;
}
