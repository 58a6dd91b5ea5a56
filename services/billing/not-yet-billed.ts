// What of a period was not billed yet: what is owed for it now, less what its invoices had. Law: over all invoices of a line its amounts
// add up to its one rounded amount, however often something came late.

import type { Money } from "#shared/model/money.ts";
import { minus, negated } from "#shared/model/money.ts";
import type { LineSubject, RatedLine } from "./rated-line.ts";
import { lineKey } from "./rated-line.ts";

export interface BilledLine {
  readonly key: string;
  readonly quantity: bigint;
  readonly amount: Money;
}

/** `billed`: of the same period, each key once; void invoices are not among them. */
export function notYetBilled(
  rated: readonly RatedLine[],
  billed: ReadonlyMap<string, BilledLine>,
): readonly RatedLine[] {
  const owed = rated.flatMap((line) => {
    const before = billed.get(lineKey(line));
    if (before === undefined) return [line];
    const quantity = line.quantity - before.quantity;
    const amount = minus(line.amount, before.amount);
    return quantity === 0n && amount.nanos === 0n ? [] : [{ ...line, quantity, amount }];
  });
  const standing = new Set(rated.map(lineKey));
  const gone = [...billed.values()].filter(
    ({ key, quantity, amount }) => !standing.has(key) && (quantity !== 0n || amount.nanos !== 0n),
  );
  return [...owed, ...gone.map(takenBack)];
}

/** A minimum that late usage has filled up is given back. */
function takenBack({ key, quantity, amount }: BilledLine): RatedLine {
  const [kind, book, model, tier, poolClass, of] = JSON.parse(key) as string[];
  const subject = { kind, book, model, tier, poolClass, of } as LineSubject;
  return {
    ...subject,
    unit: kind === "minimum" ? "month" : "token",
    price: "0",
    per: 1n,
    factors: [],
    quantity: -quantity,
    amount: negated(amount),
  };
}
