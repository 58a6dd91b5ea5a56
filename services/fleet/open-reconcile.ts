// The proof of billing, put together: of the fleet from what its processes answer, of one process from its own actors.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { InspectableHost } from "#shared/actor/host.ts";
import type { Asking } from "#shared/bus/asking.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { admissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import { discardShelf } from "#shared/ledger/reconcile/discard-shelf.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Reconciling } from "#shared/ledger/reconcile/reconciling.ts";
import type {
  AdmissionRow,
  HeldAccount,
  OpenRequest,
  OutboxStanding,
  ReconcileAsk,
} from "#shared/model/reconciliation.ts";
import type { Heard, OutboxView } from "#services/metering/reconcile/reconciler.ts";
import { reconciler } from "#services/metering/reconcile/reconciler.ts";
import type { FeedingState } from "#services/metering/reconcile/spool-feeding.ts";
import { streamStanding } from "#services/metering/reconcile/jetstream-standing.ts";
import type { Gathering } from "./gathered-view-pages.ts";
import { gathering } from "./gathered-view-pages.ts";
import type { OutboxRow, ReconcileHere } from "./reconcile-answers.ts";
import { admissionsHere, outboxHere, sendAgainHere } from "./reconcile-answers.ts";

interface GatheredReconcilePorts {
  readonly sql: Sql;
  readonly link: NatsLink;
  readonly asking: Asking;
  readonly expected: () => readonly string[];
  readonly nowMs: () => number;
}

export function gatheredReconciling(ports: GatheredReconcilePorts): Reconciling {
  const { sql, link } = ports;
  const gathered = gathering(ports);
  return reconciler({
    ...booksOf(sql),
    view: gatheredOutboxes(gathered),
    stream: () => streamStanding(link),
    feedSpool: (ask) => feedSpools(gathered, ask),
    epochNowMs: Date.now,
  });
}

export function reconcilingHere(
  sql: Sql,
  host: InspectableHost,
  { process, ...here }: ReconcileHere & { readonly process: string },
): Reconciling {
  const heard = <Row>(rows: readonly Row[], omitted = 0): Heard<Row> => ({
    rows,
    omitted,
    silent: [],
  });
  return reconciler({
    ...booksOf(sql),
    epochNowMs: Date.now,
    view: {
      admissions: async (ask) => heard(admissionsHere(here, { tenant: undefined, ...ask })),
      outboxes: async (ask) => {
        const { rows, omitted } = outboxHere(host, { tenant: undefined, ...ask });
        const outboxes = heard([standingOf(process, rows)], omitted);
        return { ...outboxes, silent: unreadOf(process, rows) };
      },
      sendAgain: async () => void sendAgainHere(host),
    },
  });
}

const booksOf = (sql: Sql) => ({
  sql,
  ledger: sqlLedger(sql),
  admissions: admissionShelf(sql),
  discards: discardShelf(sql),
});

function gatheredOutboxes(gathered: Gathering): OutboxView {
  return {
    admissions: async (ask) => {
      const { told, silent, omitted } = await gathered.rows<AdmissionRow>("admissions", { ...ask });
      return { rows: told.flatMap(({ rows }) => rows), silent, omitted };
    },
    outboxes: async (ask) => {
      const { told, silent, omitted } = await gathered.rows<OutboxRow>("outboxes", { ...ask });
      const standing = told
        .filter(({ rows }) => rows.length > 0)
        .map(({ process, rows }) => standingOf(process, rows));
      const unread = told.flatMap(({ process, rows }) => unreadOf(process, rows));
      return { rows: standing, silent: [...silent, ...unread], omitted };
    },
    sendAgain: async () => void (await gathered.rows("send-again")),
  };
}

/** Whoever lists what did not answer has to know of it. */
const unreadOf = (process: string, rows: readonly OutboxRow[]): readonly string[] =>
  rows.some(({ kind }) => kind === "unread") ? [`the disk of ${process}`] : [];

function standingOf(process: string, rows: readonly OutboxRow[]): OutboxStanding {
  let pending = 0;
  const held: HeldAccount[] = [];
  const open: OpenRequest[] = [];
  for (const row of rows) {
    if (row.kind === "pending") pending += row.pending;
    else if (row.kind === "held") held.push(row.held);
    else if (row.kind === "open") open.push(row.open);
  }
  return { process, pending, held, open };
}

const feedPatienceMs = 20_000;
const feedLookMs = 500;

/** Every process that has a spool; one that is not done in time goes on, and the next repair finds its work. */
async function feedSpools(gathered: Gathering, ask: ReconcileAsk): Promise<number> {
  const name = randomUUID();
  const untilMs = performance.now() + feedPatienceMs;
  for (;;) {
    const { told } = await gathered.rows<FeedingState>("feed-spool", { ...ask, name });
    const states = told.flatMap(({ rows }) => rows);
    const fed = states.reduce((sum, one) => sum + one.fed, 0);
    if (states.every(({ isOver }) => isOver) || performance.now() > untilMs) return fed;
    await pause(feedLookMs);
  }
}
