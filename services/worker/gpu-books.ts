// A worker's GPU time over all lives of its engine, told to the ledger at each word of the engine. Law: from when it was first
// placed on, its lines add up to wall × GPUs; what no engine told of is on a line of its own.

import { ledgerAddress } from "#shared/messages/addresses.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import { addLines, noGpuLines } from "#shared/model/gpu-lines.ts";
import type { GpuLines } from "#shared/model/gpu-lines.ts";
import type { TenantGpuWord } from "#shared/model/gpu-word.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { toLedger } from "#shared/messages/to-ledger.ts";
import { ShapeBooks } from "./shape-books.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

export interface GpuBooks {
  /** The first registration. */
  readonly life: number;
  readonly startedUs: number;
  /** Of the engine's earlier lives, and between them. */
  before: GpuLines;
  readonly tenantsBefore: Map<TenantId | "", TenantGpuWord>;
  /** Up to there all is in `before`, or in the engine's last word. */
  accountedUs: number;
  last: GpuTime | undefined;
  /** Absent: nothing was told yet. */
  toldAtMs: number | undefined;
  workerType: string;
  readonly toldUs: Map<TenantId | "", number>;
  readonly shapes: ShapeBooks;
}

export const openGpuBooks = (life: number, nowMs: number): GpuBooks => ({
  life,
  startedUs: Math.round(nowMs * 1000),
  before: noGpuLines,
  tenantsBefore: new Map(),
  accountedUs: Math.round(nowMs * 1000),
  last: undefined,
  toldAtMs: undefined,
  workerType: "",
  toldUs: new Map(),
  shapes: new ShapeBooks(),
});

/** Not for a late one. */
export function bookGpuTime(state: WorkerState, message: GpuTime, turn: Turn): void {
  const { gpuBooks: books } = state;
  if (books === undefined) return;
  if (books.last?.upUs !== message.upUs) beginEngineLife(books, message);
  books.last = message;
  books.toldAtMs = turn.nowMs;
  books.accountedUs = message.upUs + message.wallUs;
  tell(state, books, message, turn);
}

function beginEngineLife(books: GpuBooks, { upUs, gpus }: GpuTime): void {
  const { last } = books;
  if (last !== undefined) {
    books.before = addLines(books.before, linesOf(last));
    books.shapes.endEngineLife(last);
    for (const one of last.tenants ?? []) {
      books.tenantsBefore.set(one.tenant, added(books.tenantsBefore.get(one.tenant), one));
    }
  }
  const downUs = Math.max(0, upUs - books.accountedUs) * gpus;
  books.before = { ...books.before, downUs: books.before.downUs + downUs };
}

type Told = NonNullable<GpuTime["tenants"]>[number];

const added = (before: TenantGpuWord | undefined, one: Told): TenantGpuWord => ({
  tenant: one.tenant,
  requestsUs: (before?.requestsUs ?? 0) + one.gpuUs,
  recomputeUs: (before?.recomputeUs ?? 0) + (one.recomputeUs ?? 0),
});

/** An engine that does not know kinds of work has all of it as one. */
const linesOf = ({ sequencesUs, requests, loadUs, overheadUs, idleUs }: GpuTime): GpuLines => ({
  ...noGpuLines,
  ...(requests ?? { decodeUs: sequencesUs }),
  loadUs: loadUs ?? 0,
  overheadUs,
  idleUs,
});

function tell(state: WorkerState, books: GpuBooks, message: GpuTime, turn: Turn): void {
  const { worker, placement, engineUp, bills } = state;
  const { life, startedUs } = books;
  books.workerType = engineUp?.workerType ?? books.workerType;
  const process = bills.meter.slice(bills.meter.indexOf("/") + 1);
  const word = {
    worker,
    life,
    pool: placement.pool,
    zone: placement.zone,
    workerType: books.workerType,
    gpus: message.gpus,
    startedAtMs: startedUs / 1000,
    toldAtMs: turn.nowMs,
    outsideUs: Math.max(0, Math.round(turn.nowMs * 1000) - startedUs),
    lines: addLines(books.before, linesOf(message)),
    tenants: grownTenants(books, message),
    shapes: books.shapes.grown(message),
  };
  turn.effects.push(toLedger(ledgerAddress(process), { kind: "record-gpu-time", word }));
}

function grownTenants(books: GpuBooks, { tenants = [] }: GpuTime): readonly TenantGpuWord[] {
  const grown: TenantGpuWord[] = [];
  for (const one of tenants) {
    const now = added(books.tenantsBefore.get(one.tenant), one);
    if (now.requestsUs === (books.toldUs.get(one.tenant) ?? 0)) continue;
    books.toldUs.set(one.tenant, now.requestsUs);
    grown.push(now);
  }
  return grown;
}
