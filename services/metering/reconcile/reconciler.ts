// The proof of billing: asks everybody what they have, in the order in which it travels, compares, and repairs what can be
// repaired. Law: a repair only adds what is missing; no final row is changed, and doing it twice changes nothing more.

import { setTimeout as pause } from "node:timers/promises";
import type { AdmissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import type { DiscardShelf } from "#shared/ledger/reconcile/discard-shelf.ts";
import {
  knownRequests,
  readLedgerStanding,
  wholeMinutes,
} from "#shared/ledger/reconcile/ledger-standing.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Reconciling } from "#shared/ledger/reconcile/reconciling.ts";
import type {
  AdmissionRow,
  OutboxStanding,
  ReconcileAsk,
  Reconciliation,
  Repair,
  StreamStanding,
} from "#shared/model/reconciliation.ts";
import type { Books } from "./classify.ts";
import { classify, verdictOf } from "./classify.ts";
import { discardedRequests, feedDiscards } from "./feed-discards.ts";
import { longHeld } from "./long-held.ts";

export interface Heard<Row> {
  readonly rows: readonly Row[];
  readonly silent: readonly string[];
  readonly omitted: number;
}

/** The processes that have something the ledger may lack. */
export interface OutboxView {
  admissions(ask: ReconcileAsk): Promise<Heard<AdmissionRow>>;
  outboxes(ask: ReconcileAsk): Promise<Heard<OutboxStanding>>;
  /** Everybody sends what it holds now, not when its patience ends. */
  sendAgain(): Promise<void>;
}

export interface ReconcilerPorts {
  readonly sql: Sql;
  readonly ledger: Pick<Ledger, "record" | "settleAbandoned">;
  readonly admissions: AdmissionShelf;
  readonly discards: DiscardShelf;
  readonly view: OutboxView;
  /** Absent: there is no stream. Rejects where it does not answer. */
  readonly stream?: () => Promise<StreamStanding>;
  /** What was stored lately, to be stored again where the ledger has forgotten it. Answers how many entries it fed. */
  readonly feedSpool?: (ask: ReconcileAsk) => Promise<number>;
  readonly epochNowMs: () => number;
  readonly pauseMs?: (ms: number) => Promise<unknown>;
}

/** A batch leaves its meter within 1.25 s, and is stored well within the rest. */
const lookAgainMs = 2_500;
const repairPatienceMs = 15_000;
const repairLookMs = 500;
/** What metering processes have in hand at any moment on a busy fleet. */
const caughtUpMessages = 256;

export function reconciler(ports: ReconcilerPorts): Reconciling {
  return {
    check: (ask) => look(ports, ask),
    repair: (ask) => repair(ports, ask),
  };
}

async function look(ports: ReconcilerPorts, asked: ReconcileAsk): Promise<Reconciliation> {
  const takenAtEpochMs = ports.epochNowMs();
  const ask = { ...asked, ...wholeMinutes(asked) };
  // Counts first and the ledger last: what is counted has then had its way through all that was asked between.
  const living = await ports.view.admissions(ask);
  await ports.admissions.recordAdmissions(living.rows);
  const outboxes = await outboxesOf(ports, ask);
  const stream = await streamOf(ports);
  const named = outboxes.rows.flatMap(({ held, open }) => [...held, ...open]);
  const known = await knownRequests(ports.sql, named);
  const discarded = await discardedRequests(ports, ask);
  const ledger = await readLedgerStanding(ports.sql, ask);
  const silent = [...new Set([...living.silent, ...outboxes.silent])].toSorted();
  const omitted = living.omitted + outboxes.omitted;
  const books: Books = {
    ledger,
    outboxes: outboxes.rows,
    known,
    stream,
    silent,
    omitted,
    livingLives: new Set(living.rows.map(({ process, life }) => `${process}/${life}`)),
    discarded,
    takenAtEpochMs,
  };
  const tenants = classify(books);
  return {
    fromEpochMs: ask.fromEpochMs,
    toEpochMs: ask.toEpochMs,
    takenAtEpochMs,
    ...(ledger.countedSinceEpochMs === undefined
      ? {}
      : { countedSinceEpochMs: ledger.countedSinceEpochMs }),
    verdict: verdictOf(tenants),
    tenants,
    outboxes: outboxes.rows.map(({ process, pending }) => ({ process, pending })),
    ...(stream === undefined ? {} : { stream }),
    silent,
    omitted,
    ...(ledger.digest === undefined ? {} : { digest: ledger.digest }),
  };
}

/** What is on its way in good order is gone from the outboxes a moment later; what still stands there waits. */
async function outboxesOf(
  { view, pauseMs = pause }: ReconcilerPorts,
  ask: ReconcileAsk,
): Promise<Heard<OutboxStanding>> {
  const first = await view.outboxes(ask);
  if (first.rows.every(({ held }) => held.length === 0)) return first;
  await pauseMs(lookAgainMs);
  const second = await view.outboxes(ask);
  return { ...second, rows: longHeld(first.rows, second.rows) };
}

async function streamOf({ stream }: ReconcilerPorts): Promise<StreamStanding | string | undefined> {
  if (stream === undefined) return undefined;
  return stream().catch((error: unknown) =>
    (error instanceof Error ? error.message : String(error)).slice(0, 200),
  );
}

async function repair(ports: ReconcilerPorts, ask: ReconcileAsk): Promise<Reconciliation> {
  const before = await look(ports, ask);
  const repairs: Repair[] = [];
  const done = (what: string, count: number): void => {
    if (count > 0) repairs.push({ what, count });
  };
  await ports.view.sendAgain();
  const left = await untilSent(ports, ask);
  done("accounts waited in outboxes, and were asked for", Math.max(0, waitingOf(before) - left));
  done("entries of discarded messages were stored", await feedDiscards(ports));
  if (ports.feedSpool !== undefined && isShort(before)) {
    done("entries that had been stored before were stored again", await ports.feedSpool(ask));
  }
  done("abandoned accounts were settled as told last", await settle(ports));
  return { ...(await look(ports, ask)), repairs };
}

/** A ledger that lacks what was stored once does not lack it of the stream or an outbox. */
const isShort = ({ tenants }: Reconciliation): boolean =>
  tenants.some(({ differences }) => differences.some(({ kind }) => kind === "missing"));

const waitingOf = ({ tenants }: Reconciliation): number =>
  tenants
    .flatMap(({ differences }) => differences)
    .filter(({ kind }) => kind === "waiting-in-outbox")
    .reduce((sum, { requests }) => sum + requests, 0);

/** Answers how many accounts wait still. */
async function untilSent(ports: ReconcilerPorts, ask: ReconcileAsk): Promise<number> {
  const { view, epochNowMs, pauseMs = pause } = ports;
  const untilMs = epochNowMs() + repairPatienceMs;
  for (;;) {
    const { rows } = await view.outboxes(ask);
    const held = rows.reduce((sum, one) => sum + one.held.length, 0);
    const stream = await streamOf(ports);
    const isEmpty = typeof stream !== "object" || stream.pending + stream.unacknowledged === 0;
    if ((held === 0 && isEmpty) || epochNowMs() > untilMs) return held;
    await pauseMs(repairLookMs);
  }
}

/** Not while the stream has more than passes through anyhow: the ledger's silence about a request would say nothing. */
async function settle(ports: ReconcilerPorts): Promise<number> {
  const stream = await streamOf(ports);
  if (typeof stream === "string") return 0;
  if (stream !== undefined && stream.pending > caughtUpMessages) return 0;
  let sum = 0;
  for (let settled = 1; settled > 0; sum += settled) {
    settled = await ports.ledger.settleAbandoned(0);
  }
  return sum;
}
