// A load from its begin to its end: which slot it gets, that its worker is asked, and asked again, and who hears how it went.
// Laws: one load of an adapter on a worker at a time; none waits for ever.

import { arm, note } from "#shared/actor/actor.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type { CacheAdapterFailed, CacheAdapterLoaded } from "#shared/messages/to-adapter-cache.ts";
import type { PinRefused } from "#shared/messages/to-router.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, WorkerId } from "#shared/model/ids.ts";
import type { AdapterCache, Turn } from "./cache-state.ts";
import { drop } from "./cache-state.ts";
import { keepInHostTier } from "./host-tier.ts";
import { failLoad, mayLoad } from "./load-breaker.ts";
import type { Place } from "./pick-victim.ts";
import { pickVictim } from "./pick-victim.ts";
import { answerPinned, refusePin } from "./pin-answers.ts";
import type { AdapterPin } from "./pins.ts";
import { pinsWhere, removePin, setPin } from "./pins.ts";
import type { LoadSource } from "./residency.ts";
import { becomeResident, beginLoading, hasFreeSlot, leavesRoom } from "./residency.ts";
import { evicted, wantedAgain } from "./thrash.ts";

/** A load unanswered for this long is asked again, and given up after so many times. */
const loadPatienceMs = 5000;
const loadsAskedMax = 4;

export interface WantedLoad extends Place {
  readonly digest: AdapterDigest;
  /** Nobody waits for it yet. These others are wanted as well, and stay. */
  readonly ahead?: { readonly stays: (digest: AdapterDigest) => boolean };
}

/** Undefined: it is on the way. */
export function beginLoad(
  cache: AdapterCache,
  wanted: WantedLoad,
  turn: Turn,
): PinRefused["reason"] | undefined {
  const { worker, residency, digest, ahead } = wanted;
  const bytes = cache.catalog.get(digest)?.bytes;
  if (bytes === undefined) return "unknown-adapter";
  if (!mayLoad(cache.breaker, digest, turn.nowMs)) return "load-failed";
  const evict = slotFor(cache, wanted, turn);
  if (evict === undefined) return "no-slot";
  const tier = cache.hostTier.held.has(digest) ? "host" : "disk";
  beginLoading(residency, digest, { evict, nowMs: turn.nowMs, source: { tier, bytes } });
  if (evict !== "") {
    evicted(residency.thrash, evict, turn.nowMs);
    turn.effects.push(note("adapter.evicted", { worker, digest: evict }));
  }
  if (wantedAgain(residency.thrash, digest, turn.nowMs)) {
    const { evictions, regrets } = residency.thrash;
    const about = { worker, evictions: Math.round(evictions), regrets: Math.round(regrets) };
    turn.effects.push(note("adapter.thrash", about));
  }
  if (ahead !== undefined) {
    residency.ahead.add(digest);
    turn.effects.push(note("adapter.prefetched", { worker, digest }));
  }
  askWorker(wanted, turn);
  armTimer(cache, turn);
  return undefined;
}

/** Whom it takes the slot from; empty: nobody. Undefined: there is none. */
function slotFor(
  cache: AdapterCache,
  { worker, residency, ahead }: WantedLoad,
  { nowMs }: Turn,
): AdapterDigest | "" | undefined {
  if (hasFreeSlot(residency)) return "";
  const evict = pickVictim(cache, { worker, residency }, nowMs, ahead?.stays);
  return evict === undefined || !leavesRoom(residency, evict) ? undefined : evict;
}

function askWorker({ worker, residency, digest }: WantedLoad, { effects }: Turn): void {
  const loading = residency.loading.get(digest);
  if (loading === undefined) return;
  const { evict, source } = loading;
  const { tier, bytes } = source;
  const { incarnation } = residency;
  effects.push(
    note("adapter.loading", { worker, digest, tier, bytes }),
    toWorker(workerAddress(worker), {
      kind: "load-adapter",
      incarnation,
      digest,
      bytes,
      tier,
      evict,
    }),
  );
}

export function loaded(cache: AdapterCache, message: CacheAdapterLoaded, turn: Turn): void {
  const { worker, incarnation, digest } = message;
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== incarnation) {
    return drop(turn, message.kind, { worker, why: "another-life" });
  }
  // Its own belief about the slots stands: an answer that was given up on is corrected by the worker's next word.
  const loading = residency.loading.get(digest);
  if (loading === undefined) return drop(turn, message.kind, { worker, why: "not-loading" });
  becomeResident(residency, digest);
  tellPinned(cache, { worker, digest, source: loading.source }, turn);
}

/** It is resident: whoever waited for it hears so. */
export function tellPinned(
  cache: AdapterCache,
  {
    worker,
    digest,
    source,
  }: { readonly worker: WorkerId; readonly digest: AdapterDigest; readonly source: LoadSource },
  turn: Turn,
): void {
  const bytes = cache.catalog.get(digest)?.bytes;
  if (bytes !== undefined) keepInHostTier(cache.hostTier, digest, bytes);
  cache.breaker.delete(digest);
  turn.effects.push(note("adapter.resident", { worker, digest }));
  for (const held of waitingFor(cache, worker, digest)) {
    setPin(cache.pins, { ...held, isWaiting: false });
    answerPinned(held, turn.effects, source);
  }
}

const waitingFor = (cache: AdapterCache, worker: WorkerId, digest: AdapterDigest): AdapterPin[] =>
  pinsWhere(
    cache.pins,
    (held) => held.isWaiting && held.worker === worker && held.digest === digest,
  );

export function failed(cache: AdapterCache, message: CacheAdapterFailed, turn: Turn): void {
  const { worker, incarnation, digest, reason } = message;
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== incarnation) {
    return drop(turn, message.kind, { worker, why: "another-life" });
  }
  residency.ahead.delete(digest);
  if (!residency.loading.delete(digest)) {
    return drop(turn, message.kind, { worker, why: "not-loading" });
  }
  // A wrong belief about slots is not the adapter's fault: the worker's next word corrects it.
  const isSlotMatter = reason === "no-slot" || reason === "evict-in-use";
  if (!isSlotMatter) failLoad(cache.breaker, digest, turn.nowMs);
  giveUpLoad(cache, { worker, digest, reason }, turn);
}

function giveUpLoad(
  cache: AdapterCache,
  { worker, digest, reason }: { worker: WorkerId; digest: AdapterDigest; reason: string },
  turn: Turn,
): void {
  turn.effects.push(note("adapter.failed", { worker, digest, reason }));
  const answer = reason === "no-slot" || reason === "evict-in-use" ? "no-slot" : "load-failed";
  for (const held of waitingFor(cache, worker, digest)) {
    removePin(cache.pins, held.requestId, held.attempt);
    refusePin(cache.released, held, answer, turn.effects);
  }
}

function armTimer(cache: AdapterCache, { nowMs, effects }: Turn): void {
  if (cache.isTimerArmed) return;
  cache.isTimerArmed = true;
  effects.push(arm("load", nowMs + loadPatienceMs, { kind: "timer-fired", name: "load" }));
}

/** One timer for all loads: it fires while any is under way. */
export function askAgain(cache: AdapterCache, turn: Turn): void {
  cache.isTimerArmed = false;
  for (const [worker, residency] of cache.workers) {
    for (const [digest, loading] of residency.loading) {
      armTimer(cache, turn);
      if (turn.nowMs - loading.askedAtMs < loadPatienceMs) continue;
      if (loading.asked >= loadsAskedMax) {
        residency.loading.delete(digest);
        residency.ahead.delete(digest);
        failLoad(cache.breaker, digest, turn.nowMs);
        giveUpLoad(cache, { worker, digest, reason: "unanswered" }, turn);
        continue;
      }
      const { asked } = loading;
      residency.loading.set(digest, { ...loading, askedAtMs: turn.nowMs, asked: asked + 1 });
      askWorker({ worker, residency, digest }, turn);
    }
  }
}
