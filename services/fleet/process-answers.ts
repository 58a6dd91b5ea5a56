// One process's answers to the questions that an operator's view is gathered from: what lives here, what was counted
// here, what is known here of a request. Each is a page (`process-answers-pages.ts`); nothing here throws.

import type { InspectableHost } from "#shared/actor/host.ts";
import type { Answering } from "#shared/bus/asking.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import type { ProcessStatus, Readiness } from "#services/console/platform-view.ts";
import { gpuTenantsHere, gpuWorkersHere } from "./gpu-view.ts";
import { kvTenantsHere, kvWorkersHere } from "./kv-view.ts";
import type { Page } from "./process-answers-pages.ts";
import { pageOf } from "./process-answers-pages.ts";
import { processPulse } from "./process-view-pulse.ts";
import type { Placed } from "./process-view.ts";
import type { ReconcileHere } from "./reconcile-answers.ts";
import { admissionsHere, askedRange, outboxHere, sendAgainHere } from "./reconcile-answers.ts";
import { pendingUsage, poolsHere, sharesHere, tenantsHere, workersHere } from "./process-view.ts";

export type Question =
  | "tenants"
  | "pools"
  | "shares"
  | "kv-tenants"
  | "kv-workers"
  | "gpu-workers"
  | "gpu-tenants"
  | "workers"
  | "pending-usage"
  | "story"
  | "recent"
  | "metrics"
  | "process"
  | ReconcileQuestion;

type ReconcileQuestion = "admissions" | "outboxes" | "send-again" | "feed-spool";

export interface ProcessSelf {
  readonly role: string;
  readonly process: string;
  readonly zone: string;
}

export interface AnswerPorts {
  readonly answering: Answering;
  readonly host: InspectableHost;
  /** The desired state that this process follows. */
  readonly fleet: () => Fleet;
  readonly telemetry: Pick<Telemetry, "parts">;
  readonly self: ProcessSelf;
  /** Of this process alone. */
  readonly readiness: () => Readiness;
  readonly reconcile?: ReconcileHere;
}

interface Rows {
  readonly rows: readonly Placed<unknown>[];
  readonly omitted?: number;
}

type Body = Readonly<Record<string, unknown>>;

/** The process's own figures are read this often: reading them cannot be waited for inside an answer. */
const ownFiguresEveryMs = 5_000;

/** Answers until the returned function is called. */
export function answerQuestions(ports: AnswerPorts): () => void {
  const { answering, telemetry, self } = ports;
  const pulse = processPulse();
  const readOwnFigures = (): void => void telemetry.parts.readOwnFigures().catch(() => undefined);
  readOwnFigures();
  const timer = setInterval(readOwnFigures, ownFiguresEveryMs).unref();
  const answers = answersOf(ports, () => pulse.status(ports));
  const stops = Object.entries(answers).map(([question, rowsFor]) =>
    answering.answer(question, (body) => answerPage(asBody(body), self.process, rowsFor)),
  );
  return () => {
    for (const stop of stops) stop();
    clearInterval(timer);
    pulse.stop();
  };
}

function answersOf(
  ports: AnswerPorts,
  status: () => ProcessStatus,
): Readonly<Record<Question, (body: Body) => Rows>> {
  const {
    host,
    fleet,
    telemetry: { parts },
  } = ports;
  const system = { host, fleet };
  return {
    tenants: () => ({ rows: tenantsHere(system) }),
    pools: () => ({ rows: poolsHere(system) }),
    shares: () => ({ rows: sharesHere(system) }),
    "kv-tenants": () => ({ rows: kvTenantsHere(system) }),
    "kv-workers": () => ({ rows: kvWorkersHere(system) }),
    "gpu-workers": () => ({ rows: gpuWorkersHere(system) }),
    "gpu-tenants": () => ({ rows: gpuTenantsHere(system) }),
    workers: () => ({ rows: workersHere(system) }),
    "pending-usage": () => inOrder([pendingUsage(host)]),
    story: ({ request }) => {
      const { notes, omitted } = parts.story(String(request)) ?? { notes: [], omitted: 0 };
      return { ...inOrder(notes), omitted };
    },
    recent: ({ tenant, limit }) =>
      inOrder(
        parts.recent({
          limit: typeof limit === "number" ? limit : 0,
          ...(typeof tenant === "string" ? { tenant } : {}),
        }),
      ),
    metrics: () => ({
      rows: parts.figures().map(({ position, figure }) => ({ position, row: figure })),
    }),
    process: () => inOrder([status()]),
    ...reconcileAnswers(ports),
  };
}

function reconcileAnswers({
  host,
  reconcile = {},
}: AnswerPorts): Readonly<Record<ReconcileQuestion, (body: Body) => Rows>> {
  return {
    admissions: (body) => inOrder(admissionsHere(reconcile, askedRange(body))),
    outboxes: (body) => {
      const { rows, omitted } = outboxHere(host, askedRange(body));
      return { ...inOrder(rows), omitted };
    },
    "send-again": () => inOrder([sendAgainHere(host)]),
    "feed-spool": (body) => {
      const state = reconcile.spool?.feed(String(body["name"]), askedRange(body));
      return inOrder(state === undefined ? [] : [state]);
    },
  };
}

const inOrder = (rows: readonly unknown[]): Rows => ({
  rows: rows.map((row, position) => ({ position, row })),
});

function answerPage(body: Body, process: string, rowsFor: (body: Body) => Rows): Page {
  const from = fromOf(body, process);
  if (from === undefined) return pageOf([], 0);
  const { rows, omitted = 0 } = rowsFor(body);
  // Said once, on the first page.
  return pageOf(rows, from, from === 0 ? omitted : 0);
}

/** Undefined: others are asked for their next pages, not this process. */
function fromOf({ from }: Body, process: string): number | undefined {
  if (from === undefined) return 0;
  const position = asBody(from)[process];
  return typeof position === "number" ? position : undefined;
}

const asBody = (value: unknown): Body =>
  typeof value === "object" && value !== null ? (value as Body) : {};
