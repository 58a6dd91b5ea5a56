// What a tenant held, by the second: reserved GPUs, adapters that were kept resident, its own presence. Law: a second belongs to the
// span in which it begins, so that a change of price in the middle loses none.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";

export type HoldingKind = "tenant" | "reserved" | "adapter" | "keeps-adapters";

export interface Holding {
  readonly kind: HoldingKind;
  /** Of `tenant` its tier, of `reserved` the pool, of `adapter` MODEL:NAME. */
  readonly subject: string;
  /** Of `reserved`: GPUs. */
  readonly quantity: number;
  readonly fromEpochS: number;
  readonly toEpochS: number;
}

/** Within a stretch of time; what is still held ends with it. */
export async function holdingsOf(
  queries: SqlQueries,
  tenant: string,
  { fromEpochMs, toEpochMs }: { readonly fromEpochMs: number; readonly toEpochMs: number },
): Promise<readonly Holding[]> {
  const rows = await queries.query(
    `select kind, subject, quantity, floor(extract(epoch from from_at))::float8 as from_s,
       floor(extract(epoch from to_at))::float8 as to_s
     from holdings where tenant = $1 and from_at < to_timestamp($3::float8 / 1000)
       and coalesce(to_at, 'infinity') > to_timestamp($2::float8 / 1000)
     order by kind, subject, from_at`,
    [tenant, fromEpochMs, toEpochMs],
  );
  return rows.map((row) => ({
    kind: String(row["kind"]) as HoldingKind,
    subject: String(row["subject"]),
    quantity: Number(row["quantity"]),
    fromEpochS: Math.max(Number(row["from_s"]), Math.ceil(fromEpochMs / 1000)),
    toEpochS: Math.min(Number(row["to_s"] ?? Infinity), Math.ceil(toEpochMs / 1000)),
  }));
}

export interface HeldTime {
  readonly kind: "tenant" | "reserved" | "adapter";
  readonly subject: string;
  readonly quantity: number;
  readonly seconds: bigint;
}

/** Of one span: adapters count only while the tenant's were kept. One entry for each kind, subject and quantity. */
export function heldWithin(
  holdings: readonly Holding[],
  { fromEpochMs, toEpochMs }: { readonly fromEpochMs: number; readonly toEpochMs: number },
): readonly HeldTime[] {
  const keeping = holdings.filter(({ kind }) => kind === "keeps-adapters");
  const clip = (a: Holding, from: number, to: number): number =>
    Math.max(0, Math.min(a.toEpochS, to) - Math.max(a.fromEpochS, from));
  const from = Math.ceil(fromEpochMs / 1000);
  const to = Math.ceil(toEpochMs / 1000);
  const found = new Map<string, HeldTime>();
  for (const one of holdings) {
    const { kind, subject, quantity } = one;
    if (kind === "keeps-adapters") continue;
    const seconds =
      kind === "adapter"
        ? keeping.reduce(
            (sum, kept) =>
              sum + clip(one, Math.max(from, kept.fromEpochS), Math.min(to, kept.toEpochS)),
            0,
          )
        : clip(one, from, to);
    if (seconds === 0) continue;
    const key = `${kind} ${subject} ${quantity}`;
    const before = found.get(key)?.seconds ?? 0n;
    found.set(key, { kind, subject, quantity, seconds: before + BigInt(seconds) });
  }
  return [...found.values()];
}
