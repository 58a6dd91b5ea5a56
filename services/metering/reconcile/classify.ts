// What each difference between counts, outboxes, stream and ledger is. Pure. Law: every admitted request without a row is told as
// exactly one thing, and nothing is called missing while it may still be on its way.

import type {
  Difference,
  DifferenceKind,
  OutboxStanding,
  StreamStanding,
  TenantStanding,
  Verdict,
} from "#shared/model/reconciliation.ts";
import type {
  ConflictingRow,
  LedgerStanding,
  NamedRequest,
  TenantSums,
} from "#shared/ledger/reconcile/ledger-standing.ts";
import { advice } from "./advice.ts";
import { countGap } from "./count-gap.ts";

export interface Books {
  readonly ledger: LedgerStanding;
  readonly outboxes: readonly OutboxStanding[];
  /** Of requests that outboxes and edges name: whether the ledger has them, and as final. */
  readonly known: ReadonlyMap<string, boolean>;
  /** Undefined: there is no stream. A string: it does not answer. */
  readonly stream: StreamStanding | string | undefined;
  readonly silent: readonly string[];
  /** Entries that processes did not list one by one. */
  readonly omitted: number;
  /** Lives of edges that still count. */
  readonly livingLives: ReadonlySet<string>;
  /** Requests of discarded messages that the ledger does not have. */
  readonly discarded: readonly NamedRequest[];
  readonly takenAtEpochMs: number;
}

export const idsMax = 20;

const keyOf = ({ tenant, requestId }: NamedRequest): string => `${tenant}/${requestId}`;

export function classify(books: Books): readonly TenantStanding[] {
  const sums = new Map(books.ledger.sums.map((of) => [of.tenant, of]));
  for (const { tenant } of named(books)) {
    if (!sums.has(tenant)) sums.set(tenant, { ...nothing, tenant });
  }
  return [...sums.values()].map((of) => ({ ...of, differences: differencesOf(books, of) }));
}

const nothing: Omit<TenantSums, "tenant"> = {
  admitted: 0,
  served: 0,
  cancelled: 0,
  failed: 0,
  counters: 0,
  rows: 0,
  finalRows: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
};

const named = ({ outboxes, discarded, ledger }: Books): readonly NamedRequest[] => [
  ...outboxes.flatMap(({ held, open }) => [...held, ...open]),
  ...discarded,
  ...ledger.conflicts,
];

function differencesOf(books: Books, { tenant }: TenantSums): readonly Difference[] {
  const isOwn = (one: NamedRequest): boolean => one.tenant === tenant;
  const { ledger } = books;
  const waiting = waitingIn(books, isOwn);
  const waits = new Set(waiting.flatMap(({ ids }) => ids));
  const running = runningOf(books, isOwn).filter((id) => !waits.has(id));
  const discarded = idsOf(books.discarded.filter(isOwn)).filter((id) => !waits.has(id));
  const gap = countGap(books, tenant);
  // What has a place of its own needs no other explanation.
  const unseen = [...waits, ...running, ...discarded].filter(
    (id) => !books.known.has(`${tenant}/${id}`),
  );
  const left = Math.max(0, gap.missing - new Set(unseen).size - books.omitted);
  const open = ledger.open.filter(isOwn).filter(({ requestId }) => !waits.has(requestId));
  const inFlight = new Set([...running, ...idsOf(open.filter(({ isOverdue }) => !isOverdue))]);
  return [
    ...told("in-flight", [...inFlight]),
    ...waiting.flatMap(({ where, ids }) => told("waiting-in-outbox", ids, where)),
    ...told("abandoned", idsOf(open.filter(({ isOverdue }) => isOverdue))),
    ...told("discarded", discarded),
    ...unaccounted(books, left),
    ...conflicting(ledger.conflicts.filter(isOwn)),
    ...told("impossible", idsOf(ledger.impossible.filter(isOwn))),
    ...counted("uncounted", gap.uncounted),
  ];
}

const idsOf = (requests: readonly NamedRequest[]): readonly string[] =>
  requests.map(({ requestId }) => requestId);

interface Waiting {
  readonly where: string;
  readonly ids: readonly string[];
}

/** In an outbox is what the ledger does not have at all, or not as final although it is. */
function waitingIn(books: Books, isOwn: (one: NamedRequest) => boolean): readonly Waiting[] {
  return books.outboxes
    .map(({ process, held }) => {
      const lacking = held.filter(isOwn).filter((one) => {
        const known = books.known.get(keyOf(one));
        return known === undefined || (one.isFinal && !known);
      });
      // Its open account and its final one may both be there.
      return { where: process, ids: [...new Set(idsOf(lacking))] };
    })
    .filter(({ ids }) => ids.length > 0);
}

/** Admitted at a living edge that has not ended them; a final row says that they ended elsewhere. */
const runningOf = (books: Books, isOwn: (one: NamedRequest) => boolean): readonly string[] =>
  books.outboxes
    .flatMap(({ open }) => open.filter(isOwn))
    .filter((one) => books.known.get(keyOf(one)) !== true)
    .map(({ requestId }) => requestId);

/** Nobody names them: while the stream has messages, or somebody is silent, they may be there. */
function unaccounted({ stream, silent }: Books, requests: number): readonly Difference[] {
  if (requests === 0) return [];
  const waits = typeof stream === "object" && stream.pending + stream.unacknowledged > 0;
  if (waits) return counted("waiting-in-stream", requests);
  const [difference] = counted("missing", requests);
  if (difference === undefined) return [];
  const unasked = [...(typeof stream === "string" ? ["the stream"] : []), ...silent];
  if (unasked.length === 0) return [difference];
  const unheard = ` They may be with who did not answer: ${unasked.join(", ")}.`;
  return [{ ...difference, advice: `${difference.advice}${unheard}` }];
}

const counted = (kind: DifferenceKind, requests: number): readonly Difference[] =>
  requests === 0 ? [] : [{ kind, requests, requestIds: [], advice: advice[kind] }];

function told(kind: DifferenceKind, ids: readonly string[], where?: string): readonly Difference[] {
  return counted(kind, ids.length).map((difference) => ({
    ...difference,
    requestIds: ids.slice(0, idsMax),
    ...(where === undefined ? {} : { where }),
  }));
}

/** With both numbers: which of them is right, and what is owed then, a person decides. */
function conflicting(rows: readonly ConflictingRow[]): readonly Difference[] {
  const accounts = rows
    .slice(0, idsMax)
    .map(({ requestId, billed, toldLater }) => ({ requestId, billed, toldLater }));
  const ids = [...new Set(idsOf(rows))];
  return told("conflicting", ids).map((difference) => ({ ...difference, accounts }));
}

export function verdictOf(tenants: readonly TenantStanding[]): Verdict {
  const kinds = new Set(tenants.flatMap(({ differences }) => differences.map(({ kind }) => kind)));
  if (kinds.size === 0) return "agrees";
  return kinds.size === 1 && kinds.has("in-flight") ? "in-flight" : "differs";
}
