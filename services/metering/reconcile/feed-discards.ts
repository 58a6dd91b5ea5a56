// Tries messages again that could not be read or stored: entry by entry, so that one bad entry keeps back itself alone. A message
// is done with when all of its entries are in the ledger.

import type { DiscardShelf } from "#shared/ledger/reconcile/discard-shelf.ts";
import type { NamedRequest } from "#shared/ledger/reconcile/ledger-standing.ts";
import { knownRequests } from "#shared/ledger/reconcile/ledger-standing.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { ReconcileAsk } from "#shared/model/reconciliation.ts";
import { readableEntries, unpackUsage } from "#services/metering/usage-message.ts";

interface FeedPorts {
  readonly sql: Pick<Sql, "query">;
  readonly ledger: Pick<Ledger, "record">;
  readonly discards: DiscardShelf;
}

const messagesMax = 1_000;

/** Answers how many entries were stored that were not before. */
export async function feedDiscards({ sql, ledger, discards }: FeedPorts): Promise<number> {
  let stored = 0;
  for (const { id, bytes } of await discards.waiting(messagesMax)) {
    const entries = readableEntries(bytes);
    const known = await knownRequests(sql, entries.map(nameOf));
    let isWhole = unpackUsage(bytes).kind === "usage";
    for (const entry of entries) {
      const isStored = await recordOne(ledger, entry);
      isWhole &&= isStored;
      if (isStored && known.get(keyOf(entry)) !== true) stored++;
    }
    if (isWhole) await discards.stored(id);
  }
  return stored;
}

/** Those in the range that the ledger does not have. */
export async function discardedRequests(
  { sql, discards }: Pick<FeedPorts, "sql" | "discards">,
  { fromEpochMs, toEpochMs, tenant }: ReconcileAsk,
): Promise<readonly NamedRequest[]> {
  const messages = await discards.waiting(messagesMax);
  const entries = messages
    .flatMap(({ bytes }) => readableEntries(bytes))
    .filter(
      ({ record: { arrivedAtEpochMs: at, tenant: of } }) =>
        at >= fromEpochMs && at < toEpochMs && (tenant === undefined || of === tenant),
    );
  const known = await knownRequests(sql, entries.map(nameOf));
  const unknown = entries.filter((entry) => !known.has(keyOf(entry)));
  return [...new Map(unknown.map((entry) => [keyOf(entry), nameOf(entry)])).values()];
}

const nameOf = ({ record: { tenant, requestId } }: UsageEntry): NamedRequest => ({
  tenant,
  requestId,
});
const keyOf = ({ record }: UsageEntry): string => `${record.tenant}/${record.requestId}`;

/** False: its values are at fault. Whatever else goes wrong is the caller's. */
async function recordOne(ledger: Pick<Ledger, "record">, entry: UsageEntry): Promise<boolean> {
  try {
    await ledger.record([entry]);
    return true;
  } catch (error) {
    if (error instanceof SqlError && /^2[23]/.test(error.code ?? "")) return false;
    throw error;
  }
}
