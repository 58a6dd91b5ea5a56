// What a worker tells of itself: capacity to its router, blocks to the accountant, work done to those who charge
// for it. All of it whole, numbered or cumulative, so that loss and repetition do no harm.

import { toAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { isHeldForOne } from "./engine-crash.ts";
import { prefillRoom } from "./prefill-backlog.ts";
import { ownBlocks } from "./sequence.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

export function tellCapacity(state: WorkerState, { effects }: Turn): void {
  const { incarnation, worker, live, freeBlocks, isCordoned, engineCrashes } = state;
  const size = state.engineUp ?? state.engineDown;
  state.hasNewCapacity = false;
  if (incarnation === undefined || size === undefined) return;
  const isClosed = state.engineUp === undefined || isHeldForOne(state);
  state.seq++;
  const room = prefillRoom(state);
  state.toldRoom = room;
  effects.push(
    toRouter(state.router, {
      kind: "capacity",
      worker,
      incarnation,
      seq: state.seq,
      freeSequences: isClosed ? 0 : Math.max(0, size.sequencesMax - live.size),
      sequencesMax: size.sequencesMax,
      freeBlocks,
      ...(room === undefined ? {} : { freePrefillTokens: room.forAll }),
      ...(room === undefined || state.beyondShare.size === 0
        ? {}
        : { beyondShare: [...state.beyondShare], freePrefillTokensInside: room.insideShare }),
      residents: [...state.residents],
      adapterSlots: size.adapterSlots,
      isCordoned,
      ...(engineCrashes === 0 ? {} : { engineCrashes }),
    }),
  );
}

/** A lost report is made good within so many beats; after that the accountant is reminded each five seconds. */
const repeatedBeats = 4;
const remindedBeats = 10;

/** At each beat: of a worker on which nothing runs and nothing has changed, only now and then. */
export function beatBlocks(state: WorkerState, turn: Turn): void {
  const { engineUp, live, usedBlocks, reporting } = state;
  if (engineUp === undefined) return;
  const { told } = reporting;
  const isSteady =
    live.size === 0 && told?.usedBlocks === usedBlocks && told.totalBlocks === engineUp.totalBlocks;
  reporting.steadyBeats = isSteady ? reporting.steadyBeats + 1 : 0;
  reporting.silentBeats++;
  const isDue = reporting.steadyBeats < repeatedBeats || reporting.silentBeats >= remindedBeats;
  if (isDue) sayBlocks(state, reporting.silentBeats, turn);
}

/** An owner asks: it may know nothing yet, so the next beats say it again. */
export function tellBlocks(state: WorkerState, turn: Turn): void {
  state.reporting.steadyBeats = 0;
  sayBlocks(state, 1, turn);
}

function sayBlocks(state: WorkerState, beats: number, { effects }: Turn): void {
  const { incarnation, engineUp, worker, usedBlocks } = state;
  if (incarnation === undefined || engineUp === undefined) return;
  state.seq++;
  state.reporting.silentBeats = 0;
  state.reporting.told = { totalBlocks: engineUp.totalBlocks, usedBlocks };
  const sequences = [...state.live.values()].map((sequence) => ({
    requestId: sequence.requestId,
    attempt: sequence.attempt,
    tenant: sequence.tenant,
    blocks: ownBlocks(sequence),
  }));
  effects.push(
    toKvAccountant(state.accountant, {
      kind: "block-report",
      worker,
      incarnation,
      seq: state.seq,
      totalBlocks: engineUp.totalBlocks,
      usedBlocks,
      ...(beats > 1 ? { beats } : {}),
      sequences,
    }),
  );
}

export function tellAdapterCache(state: WorkerState, { effects }: Turn): void {
  const { incarnation, engineUp, worker } = state;
  if (incarnation === undefined || engineUp === undefined) return;
  const residents = [...state.residents];
  const slots = engineUp.adapterSlots;
  effects.push(
    toAdapterCache(state.cache, { kind: "worker-up", worker, incarnation, slots, residents }),
  );
}

interface Progress {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly totals: ExecutedTotals;
}

/** Also of sequences that only wait: it proves to both that the attempt runs here. */
export function tellProgress(state: WorkerState, { effects }: Turn): void {
  const { incarnation, worker } = state;
  if (incarnation === undefined || state.live.size === 0) return;
  const all: Progress[] = [];
  const byTenant = new Map<TenantId, Progress[]>();
  for (const { requestId, attempt, totals, tenant } of state.live.values()) {
    const progress = { requestId, attempt, totals };
    all.push(progress);
    const ofTenant = byTenant.get(tenant);
    if (ofTenant === undefined) byTenant.set(tenant, [progress]);
    else ofTenant.push(progress);
  }
  const message = { kind: "router-progress", worker, incarnation, sequences: all } as const;
  effects.push(toRouter(state.router, message));
  for (const [tenant, sequences] of byTenant) {
    const queue = tenantQueueAddress(tenant);
    effects.push(toTenantQueue(queue, { kind: "queue-progress", worker, incarnation, sequences }));
  }
}
