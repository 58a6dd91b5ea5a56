// What a new owner of the shard gathers before it admits: from edges the sessions and the admissions of the last
// minute, from workers what runs, from routers that old offers are gone. Complete when everyone has answered.

import type { Address } from "#shared/actor/actor.ts";
import type {
  GoneEdge,
  HeldSequence,
  QueueEnded,
  Submit,
} from "#shared/messages/to-tenant-queue.ts";
import type { EdgeId, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";

/** A bound on what is kept while collecting; a session beyond it asks again. */
const keptMax = 20_000;

export interface Collection {
  readonly startedAtMs: number;
  readonly edges: Map<EdgeId, EdgeAnswer>;
  readonly silentWorkers: Set<WorkerId>;
  readonly silentPools: Set<PoolId>;
  readonly submits: Map<RequestId, KeptSubmit>;
  /** The highest attempt of each request that a worker runs. */
  readonly held: Map<RequestId, HeldSequence>;
  /** Ends reported meanwhile, by request. */
  readonly ended: Map<RequestId, QueueEnded>;
}

export interface EdgeAnswer {
  /** How many sessions will speak; unknown until the directory answers. */
  sessions: number | undefined;
  /** Since when it is not registered: asked all the same, since it may live. Undefined: it is. */
  goneAtMs: number | undefined;
  readonly heard: Set<RequestId>;
}

export interface KeptSubmit {
  readonly session: Address;
  readonly submit: Submit;
  readonly arrivedAtMs: number;
}

export const startCollection = (
  asked: {
    readonly edges: readonly EdgeId[];
    readonly edgesGone?: readonly GoneEdge[];
    readonly workers: readonly WorkerId[];
    readonly pools: readonly PoolId[];
  },
  nowMs: number,
): Collection => ({
  startedAtMs: nowMs,
  edges: new Map([
    ...(asked.edgesGone ?? []).map(
      ({ edge, goneForMs }) => [edge, unheardEdge(nowMs - goneForMs)] as const,
    ),
    ...asked.edges.map((edge) => [edge, unheardEdge(undefined)] as const),
  ]),
  silentWorkers: new Set(asked.workers),
  silentPools: new Set(asked.pools),
  submits: new Map(),
  held: new Map(),
  ended: new Map(),
});

export const unheardEdge = (goneAtMs: number | undefined): EdgeAnswer => ({
  sessions: undefined,
  goneAtMs,
  heard: new Set(),
});

export function isComplete({ edges, silentWorkers, silentPools }: Collection): boolean {
  if (silentWorkers.size > 0 || silentPools.size > 0) return false;
  for (const { sessions, heard } of edges.values()) {
    if (sessions === undefined || heard.size < sessions) return false;
  }
  return true;
}

export const silentEdges = ({ edges }: Collection): EdgeId[] =>
  [...edges].filter(([, answer]) => answer.sessions === undefined).map(([edge]) => edge);

/** A session of that edge has spoken, whatever it said. */
export function noteHeard(collection: Collection, edge: EdgeId, requestId: RequestId): void {
  const answer = collection.edges.get(edge);
  if (answer !== undefined && answer.heard.size < keptMax) answer.heard.add(requestId);
}

/** Keeps the highest attempt of each request, and of two sessions the one that has it (`isPretender`). False: there are too many. */
export function keepSubmit(collection: Collection, kept: KeptSubmit): boolean {
  const { submits } = collection;
  const { requestId, attempt } = kept.submit;
  const known = submits.get(requestId);
  if (known === undefined && submits.size >= keptMax) return false;
  if (known === undefined || (known.submit.attempt <= attempt && !isPretender(kept, known))) {
    submits.set(requestId, kept);
  }
  return true;
}

/** Asks under the name of a request that another session has: who was admitted, of two the one that runs it, or was opened first. */
function isPretender(kept: KeptSubmit, known: KeptSubmit): boolean {
  const { submit } = kept;
  if (kept.session === known.session || !known.submit.admitted) return false;
  if (!submit.admitted) return true;
  if (submit.attempt > known.submit.attempt || submit.takesOver === true) return false;
  const runs = submit.runningOn !== undefined;
  const knownRuns = known.submit.runningOn !== undefined;
  return runs === knownRuns ? openedAtMs(known) <= openedAtMs(kept) : knownRuns;
}

export function keepHeld(collection: Collection, sequences: readonly HeldSequence[]): void {
  for (const sequence of sequences) {
    const known = collection.held.get(sequence.requestId);
    if (known === undefined && collection.held.size >= keptMax) return;
    if (known === undefined || known.attempt <= sequence.attempt) {
      collection.held.set(sequence.requestId, sequence);
    }
  }
}

export function keepEnded(collection: Collection, ended: QueueEnded): void {
  const known = collection.ended.get(ended.requestId);
  if (known === undefined && collection.ended.size >= keptMax) return;
  if (known === undefined || known.attempt <= ended.attempt) {
    collection.ended.set(ended.requestId, ended);
  }
}

/** The session is over: nothing of it is to be restored. */
export function forget(collection: Collection, requestId: RequestId): void {
  collection.submits.delete(requestId);
  collection.held.delete(requestId);
}

const openedAtMs = ({ submit, arrivedAtMs }: KeptSubmit): number => arrivedAtMs - submit.ageMs;

/** The oldest request first: the order in which the earlier owner admitted them, as far as durations tell. */
export function submitsByAge({ submits }: Collection): KeptSubmit[] {
  return [...submits.values()].sort(
    (a, b) => openedAtMs(a) - openedAtMs(b) || (a.submit.requestId < b.submit.requestId ? -1 : 1),
  );
}
