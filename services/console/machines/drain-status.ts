// Whether a drain is over, as far as can be seen from outside: what its workers, owners and edges still have in hand.
// Pure: from the rows of the views to the proof, or to what is left, in words.

import type { KvWorkerStatus } from "./kv-status.ts";
import type { ProcessStatus, WorkerStatus } from "#services/console/platform-view.ts";

/** What nobody may have any more before it can go: all three are zero. */
export interface DrainProof {
  /** Sequences that run or wait there. */
  readonly ownedRequests: number;
  /** Ends of sequences that their queue or their router has not noted. */
  readonly unsettledCharges: number;
  /** As its engine says or its pool's accountant has booked, whichever is more. */
  readonly kvBlocksHeld: number;
}

export interface DrainedWorker extends DrainProof {
  readonly worker: string;
  readonly zone: string;
  readonly state: WorkerStatus["state"];
}

export interface DrainedProcess {
  readonly process: string;
  readonly role: string;
  readonly isReady: boolean;
  /** Queues and routers. */
  readonly owned: number;
}

export interface DrainStatus {
  readonly isOver: boolean;
  /** In words; empty when it is over. */
  readonly left: readonly string[];
  readonly workers: readonly DrainedWorker[];
  readonly processes: readonly DrainedProcess[];
}

export interface DrainViews {
  readonly workers: readonly WorkerStatus[];
  readonly books: readonly KvWorkerStatus[];
  /** Of a zone: its edges and its owners. */
  readonly processes: readonly ProcessStatus[];
}

export function drainStatus({ workers, books, processes }: DrainViews): DrainStatus {
  const drained = workers.map((worker) => drainedWorker(worker, books));
  const emptied = processes
    .filter(({ role }) => role === "edge" || role === "control")
    .map(({ process, role, isReady, owned }) => ({ process, role, isReady, owned }));
  const left = [...drained.flatMap(leftOfWorker), ...emptied.flatMap(leftOfProcess)];
  return { isOver: left.length === 0, left, workers: drained, processes: emptied };
}

function drainedWorker(status: WorkerStatus, books: readonly KvWorkerStatus[]): DrainedWorker {
  const { worker, zone, state, running, heldBlocks, unsettledEnds, incarnation } = status;
  const booked = books
    .filter((book) => book.worker === worker && book.incarnation === incarnation)
    .reduce((sum, { bookedBlocks }) => sum + bookedBlocks, 0);
  return {
    worker,
    zone,
    state,
    ownedRequests: running,
    unsettledCharges: unsettledEnds,
    kvBlocksHeld: Math.max(heldBlocks, booked),
  };
}

function leftOfWorker(one: DrainedWorker): readonly string[] {
  const { worker, state, ownedRequests, unsettledCharges, kvBlocksHeld } = one;
  // What is not there holds nothing; should it come back, it finds the wish before it serves.
  if (state === "down") return [];
  return [
    ...(state === "serving" || state === "cordoned" ? [`${worker} has not heard of it yet`] : []),
    ...(ownedRequests === 0 ? [] : [`${worker} runs ${ownedRequests} sequences`]),
    ...(unsettledCharges === 0 ? [] : [`${worker} has ${unsettledCharges} ends not noted`]),
    ...(kvBlocksHeld === 0 ? [] : [`${worker} holds ${kvBlocksHeld} KV blocks`]),
  ];
}

function leftOfProcess({ process, role, isReady, owned }: DrainedProcess): readonly string[] {
  if (role === "control") return owned === 0 ? [] : [`${process} owns ${owned} queues and routers`];
  return isReady ? [`${process} is ready for new clients`] : [];
}
