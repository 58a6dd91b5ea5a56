// Which credits pay for how much of an invoice: those that expire first go first, then the oldest. Law: no credit pays more than is left
// of it, nor more than is owed.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { Money } from "#shared/model/money.ts";
import { lesser, minus, money } from "#shared/model/money.ts";

export interface CreditLeft {
  readonly entry: number;
  readonly reason: string;
  readonly left: Money;
}

/** In the order in which they are used. A credit pays for a period that had begun before it expired. */
export async function creditsLeft(
  queries: SqlQueries,
  tenant: string,
  { currency, fromEpochMs }: { readonly currency: string; readonly fromEpochMs: number },
): Promise<readonly CreditLeft[]> {
  const rows = await queries.query(
    `select g.seq::float8 as seq, g.reason, (g.amount + coalesce(sum(u.amount), 0))::text as amount
     from billing_entries g left join billing_entries u on u.of_entry = g.seq and u.kind in ('credit-use', 'credit-return')
     where g.tenant = $1 and g.kind = 'credit-grant' and g.currency = $2
       and coalesce(g.expires_at, 'infinity') > to_timestamp($3::float8 / 1000)
     group by g.seq having g.amount + coalesce(sum(u.amount), 0) > 0
     order by g.expires_at nulls last, g.seq`,
    [tenant, currency, fromEpochMs],
  );
  return rows.map((row) => ({
    entry: Number(row["seq"]),
    reason: String(row["reason"]),
    left: money(currency, String(row["amount"])),
  }));
}

export interface CreditUsed {
  readonly entry: number;
  readonly reason: string;
  readonly amount: Money;
}

export function useCredits(owed: Money, credits: readonly CreditLeft[]): readonly CreditUsed[] {
  const used: CreditUsed[] = [];
  let open = owed;
  for (const { entry, reason, left } of credits) {
    if (open.nanos <= 0n) break;
    const amount = lesser(open, left);
    used.push({ entry, reason, amount });
    open = minus(open, amount);
  }
  return used;
}
