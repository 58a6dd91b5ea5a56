// The last word of a process that was asked to end: what it still had in hand when it had let go of everything it could.
// Measured in the actors' states at the moment when the process was done with them, never assumed.

import { setTimeout as sleep } from "node:timers/promises";
import type { InspectableHost } from "#shared/actor/host.ts";
import type { DrainProof } from "#services/console/machines/drain-status.ts";
import type { Router } from "#services/router/router.actor.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import { unsettledBills } from "#services/worker/claim-bill.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";
import { kvTenantsHere } from "./kv-view.ts";
import type { LivingSystem } from "./process-view.ts";
import { pendingUsage, usageOnlyHere } from "./process-view.ts";

export interface ProofBook {
  /** To be called once, when the process has let go. */
  take(proof: DrainProof): void;
  /** Undefined: it ended before it came so far. */
  taken(): DrainProof | undefined;
}

export function proofBook(): ProofBook {
  let kept: DrainProof | undefined;
  return {
    take: (proof) => {
      kept = proof;
    },
    taken: () => kept,
  };
}

export const isEmpty = ({ ownedRequests, unsettledCharges, kvBlocksHeld }: DrainProof): boolean =>
  ownedRequests + unsettledCharges + kvBlocksHeld === 0;

const lookEveryMs = 10;

/** As soon as nothing is left, or after `patienceMs` what still is. */
export async function untilEmpty(
  measure: () => DrainProof,
  patienceMs: number,
): Promise<DrainProof> {
  const untilMs = performance.now() + patienceMs;
  let left = measure();
  while (!isEmpty(left) && performance.now() < untilMs) {
    await sleep(lookEveryMs);
    left = measure();
  }
  return left;
}

/** Of a host of workers: a sequence that has ended is unsettled until queue and router have noted its end. */
export function workerProof(host: InspectableHost): DrainProof {
  const workers = [...host.statesOf("worker").values()] as readonly WorkerState[];
  const sum = (count: (worker: WorkerState) => number): number =>
    workers.reduce((total, worker) => total + count(worker), 0);
  return {
    ownedRequests: sum(({ live }) => live.size),
    unsettledCharges:
      sum((worker) => worker.outbox.waiting.size + unsettledBills(worker)) + pendingUsage(host),
    kvBlocksHeld: sum(({ usedBlocks }) => usedBlocks),
  };
}

/** Of an edge. A record that the stream has is on its way to the ledger without this process. */
export const edgeProof = (host: InspectableHost): DrainProof => ({
  ownedRequests: host.statesOf("session").size,
  unsettledCharges: usageOnlyHere(host),
  kvBlocksHeld: 0,
});

/** Of an owner that has handed over: what its next owner has taken is not here any more. */
export function ownerProof(system: LivingSystem): DrainProof {
  const { host } = system;
  const queues = [...host.statesOf("tenant-queue").values()] as readonly TenantQueue[];
  const routers = [...host.statesOf("router").values()] as readonly Router[];
  const slots = queues.reduce((sum, queue) => sum + queue.slots, 0);
  const waiting = queues.reduce((sum, queue) => sum + queue.ungranted, 0);
  const places = routers.reduce((sum, { owned }) => sum + (owned?.placements.requests ?? 0), 0);
  return {
    ownedRequests: Math.max(slots + waiting, places),
    unsettledCharges: slots,
    kvBlocksHeld: kvTenantsHere(system).reduce((sum, { row }) => sum + row.heldBlocks, 0),
  };
}

/** Of the platform in one process. Its owners end with it: whoever takes over finds nothing in flight. */
export function wholeProof(host: InspectableHost): DrainProof {
  const worker = workerProof(host);
  const { ownedRequests } = edgeProof(host);
  return { ...worker, ownedRequests: ownedRequests + worker.ownedRequests };
}

/** The last line that a process prints. Others script against it. */
export function proofLine(
  who: { readonly role: string; readonly process: string; readonly zone: string },
  proof: DrainProof | undefined,
): string {
  const { role, process: name, zone } = who;
  const isProven = proof !== undefined && isEmpty(proof);
  const word = isProven ? "drained" : "not drained";
  const left = proof === undefined ? { left: "it ended before it could be told" } : {};
  return `fairlead ${word} ${JSON.stringify({ role, process: name, zone, ...proof, ...left })}`;
}
