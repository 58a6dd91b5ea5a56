// The adapters of one worker host: which are in its workers' GPU slots, which in its RAM, and which attempt needs
// which. Law: what is pinned stays; a slot is promised once; the router's newest epoch alone commands.

import { arm, note } from "#shared/actor/actor.ts";
import type { Actor, Effect } from "#shared/actor/actor.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type {
  AdapterCatalog,
  CacheAdapterFailed,
  CacheAdapterLoaded,
  KeepPins,
  Pin,
  ToAdapterCache,
  Unpin,
  WorkerUp,
} from "#shared/messages/to-adapter-cache.ts";
import type { PinRefused } from "#shared/messages/to-router.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, PoolId, WorkerId } from "#shared/model/ids.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { HostTier } from "./host-tier.ts";
import { dropFromHostTier, emptyHostTier, keepInHostTier, resizeHostTier } from "./host-tier.ts";
import type { LoadBreaker } from "./load-breaker.ts";
import { failLoad, mayLoad } from "./load-breaker.ts";
import { pickVictim } from "./pick-victim.ts";
import { answerKept, answerPinned, answerUnpinned, refusePin } from "./pin-answers.ts";
import type { AdapterPin, Pins } from "./pins.ts";
import { hasLoadedFor, isPinned, noPins, pinsMax, pinsWhere, removePin, setPin } from "./pins.ts";
import type { ReleasedPlaces } from "./released-places.ts";
import { isReleased, rememberReleased } from "./released-places.ts";
import type { Residency } from "./residency.ts";
import {
  becomeResident,
  beginLoading,
  correct,
  hasFreeSlot,
  leavesRoom,
  startResidency,
  touch,
} from "./residency.ts";

/** A load unanswered for this long is asked again, and given up after so many times. */
const loadPatienceMs = 5000;
const loadsAskedMax = 4;
const workersMax = 256;

export interface AdapterCache {
  readonly catalog: Map<AdapterDigest, number>;
  readonly hostTier: HostTier;
  readonly workers: Map<WorkerId, Residency>;
  readonly pins: Pins;
  /** A late `pin` or `keep-pins` does not pin these again. */
  readonly released: ReleasedPlaces;
  readonly breaker: LoadBreaker;
  readonly poolEpochs: Map<PoolId, number>;
  isTimerArmed: boolean;
}

interface Turn {
  readonly nowMs: number;
  readonly effects: Effect[];
}

export const adapterCache: Actor<AdapterCache, ToAdapterCache> = {
  name: "adapter-cache",
  init: () => ({
    catalog: new Map(),
    hostTier: emptyHostTier(),
    workers: new Map(),
    pins: noPins(),
    released: new Map(),
    breaker: new Map(),
    poolEpochs: new Map(),
    isTimerArmed: false,
  }),
  receive(cache, { message, nowMs }) {
    const turn: Turn = { nowMs, effects: [] };
    handle(cache, message, turn);
    return turn.effects;
  },
};

function handle(cache: AdapterCache, message: ToAdapterCache, turn: Turn): void {
  switch (message.kind) {
    case "adapter-catalog":
      return learnCatalog(cache, message);
    case "worker-up":
      return workerUp(cache, message, turn);
    case "pin":
      return pin(cache, message, turn);
    case "unpin":
      return unpin(cache, message, turn);
    case "keep-pins":
      return keepPins(cache, message, turn);
    case "cache-adapter-loaded":
      return loaded(cache, message, turn);
    case "cache-adapter-failed":
      return failed(cache, message, turn);
    case "timer-fired":
      return askAgain(cache, turn);
    default:
      return message satisfies never;
  }
}

function learnCatalog(cache: AdapterCache, { adapters, hostBytesMax }: AdapterCatalog): void {
  cache.catalog.clear();
  for (const { digest, bytes } of adapters) cache.catalog.set(digest, bytes);
  resizeHostTier(cache.hostTier, hostBytesMax);
  for (const digest of cache.hostTier.held.keys()) {
    if (!cache.catalog.has(digest)) dropFromHostTier(cache.hostTier, digest);
  }
  for (const digest of cache.breaker.keys()) {
    if (!cache.catalog.has(digest)) cache.breaker.delete(digest);
  }
}

function workerUp(cache: AdapterCache, message: WorkerUp, turn: Turn): void {
  const { worker, incarnation, slots, residents } = message;
  const known = cache.workers.get(worker);
  if (known === undefined || incarnation > known.incarnation) {
    if (known === undefined && cache.workers.size >= workersMax) {
      return drop(turn, "worker-up", { worker, why: "too-many-workers" });
    }
    cache.workers.set(worker, startResidency(incarnation, slots, residents));
    const isOver = (held: AdapterPin): boolean =>
      held.worker === worker && held.incarnation < incarnation;
    for (const held of pinsWhere(cache.pins, isOver)) {
      removePin(cache.pins, held.requestId, held.attempt);
      if (held.isWaiting) refusePin(cache.released, held, "unknown-worker", turn.effects);
    }
    return;
  }
  if (incarnation < known.incarnation) return drop(turn, "worker-up", { worker, why: "old-life" });
  for (const digest of correct(known, slots, residents)) tellPinned(cache, worker, digest, turn);
}

/** False, and noted: a router of an earlier epoch speaks. */
function isCurrent(
  { poolEpochs }: AdapterCache,
  { kind, pool, poolEpoch }: Pin | Unpin | KeepPins,
  turn: Turn,
): boolean {
  if (poolEpoch < (poolEpochs.get(pool) ?? 0)) {
    drop(turn, kind, { pool, poolEpoch, why: "stale-epoch" });
    return false;
  }
  poolEpochs.set(pool, poolEpoch);
  return true;
}

function pin(cache: AdapterCache, message: Pin, turn: Turn): void {
  if (!isCurrent(cache, message, turn)) return;
  const { worker, digest, requestId, attempt, place = 0, poolEpoch } = message;
  const key = attemptKey(requestId, attempt);
  const isLate = place > 0 && isReleased(cache.released, key, { place, poolEpoch });
  if (isLate) return refusePin(cache.released, message, "no-slot", turn.effects);
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== message.incarnation) {
    return refusePin(cache.released, message, "unknown-worker", turn.effects);
  }
  const hasLoaded = hasLoadedFor(cache.pins, message);
  if (residency.residents.has(digest)) {
    touch(residency, digest);
    const held = pinOf(message, { isWaiting: false, hasLoaded });
    setPin(cache.pins, held);
    return answerPinned(held, turn.effects);
  }
  const isLoading = residency.loading.has(digest);
  const refusal = reasonToRefuse(cache, { key, digest, worker, residency }, turn);
  if (refusal === undefined) {
    const held = pinOf(message, { isWaiting: true, hasLoaded: hasLoaded || !isLoading });
    return setPin(cache.pins, held);
  }
  removePin(cache.pins, requestId, attempt);
  refusePin(cache.released, message, refusal, turn.effects);
}

interface ColdPin {
  readonly key: string;
  readonly digest: AdapterDigest;
  readonly worker: WorkerId;
  readonly residency: Residency;
}

/** Undefined: the adapter is on the way. */
function reasonToRefuse(
  cache: AdapterCache,
  { key, ...wanted }: ColdPin,
  turn: Turn,
): PinRefused["reason"] | undefined {
  const { digest, residency } = wanted;
  if (!residency.loading.has(digest)) {
    const reason = beginLoad(cache, wanted, turn);
    if (reason !== undefined) return reason;
  }
  const isFull = cache.pins.byAttempt.size >= pinsMax && !cache.pins.byAttempt.has(key);
  return isFull ? "no-slot" : undefined;
}

const pinOf = (
  { requestId, attempt, worker, incarnation, digest, pool, poolEpoch, place = 0 }: Pin,
  { isWaiting, hasLoaded }: Pick<AdapterPin, "isWaiting" | "hasLoaded">,
): AdapterPin => ({
  requestId,
  attempt,
  worker,
  incarnation,
  digest,
  pool,
  poolEpoch,
  place,
  isWaiting,
  hasLoaded,
});

/** Undefined: it is on the way. */
function beginLoad(
  cache: AdapterCache,
  { worker, residency, digest }: { worker: WorkerId; residency: Residency; digest: AdapterDigest },
  turn: Turn,
): PinRefused["reason"] | undefined {
  if (!cache.catalog.has(digest)) return "unknown-adapter";
  if (!mayLoad(cache.breaker, digest, turn.nowMs)) return "load-failed";
  const isHeld = (resident: AdapterDigest): boolean => isPinned(cache.pins, worker, resident);
  const evict = hasFreeSlot(residency) ? "" : pickVictim(residency, isHeld);
  if (evict === undefined || !leavesRoom(residency, evict)) return "no-slot";
  beginLoading(residency, digest, { evict, nowMs: turn.nowMs });
  if (evict !== "") turn.effects.push(note("adapter.evicted", { worker, digest: evict }));
  askWorker(cache, { worker, residency, digest }, turn);
  armTimer(cache, turn);
  return undefined;
}

function askWorker(
  cache: AdapterCache,
  { worker, residency, digest }: { worker: WorkerId; residency: Residency; digest: AdapterDigest },
  { effects }: Turn,
): void {
  const bytes = cache.catalog.get(digest) ?? 0;
  const tier = cache.hostTier.held.has(digest) ? "host" : "disk";
  const evict = residency.loading.get(digest)?.evict ?? "";
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

function loaded(cache: AdapterCache, message: CacheAdapterLoaded, turn: Turn): void {
  const { worker, incarnation, digest } = message;
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== incarnation) {
    return drop(turn, message.kind, { worker, why: "another-life" });
  }
  // Its own belief about the slots stands: an answer that was given up on is corrected by the worker's next word.
  if (!residency.loading.has(digest)) {
    return drop(turn, message.kind, { worker, why: "not-loading" });
  }
  becomeResident(residency, digest);
  tellPinned(cache, worker, digest, turn);
}

/** It is resident: whoever waited for it hears so. */
function tellPinned(
  cache: AdapterCache,
  worker: WorkerId,
  digest: AdapterDigest,
  turn: Turn,
): void {
  const bytes = cache.catalog.get(digest);
  if (bytes !== undefined) keepInHostTier(cache.hostTier, digest, bytes);
  cache.breaker.delete(digest);
  turn.effects.push(note("adapter.resident", { worker, digest }));
  for (const held of waitingFor(cache, worker, digest)) {
    setPin(cache.pins, { ...held, isWaiting: false });
    answerPinned(held, turn.effects);
  }
}

const waitingFor = (cache: AdapterCache, worker: WorkerId, digest: AdapterDigest): AdapterPin[] =>
  pinsWhere(
    cache.pins,
    (held) => held.isWaiting && held.worker === worker && held.digest === digest,
  );

function failed(cache: AdapterCache, message: CacheAdapterFailed, turn: Turn): void {
  const { worker, incarnation, digest, reason } = message;
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== incarnation) {
    return drop(turn, message.kind, { worker, why: "another-life" });
  }
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

function unpin(cache: AdapterCache, message: Unpin, turn: Turn): void {
  if (!isCurrent(cache, message, turn)) return;
  const { requestId, attempt, pool, poolEpoch, place = 0 } = message;
  const key = attemptKey(requestId, attempt);
  // A late one of an earlier place leaves the later place's pin alone.
  if (place === 0 || (cache.pins.byAttempt.get(key)?.place ?? 0) <= place) {
    removePin(cache.pins, requestId, attempt);
  }
  rememberReleased(cache.released, key, { place, poolEpoch });
  answerUnpinned({ requestId, attempt, pool, place }, turn.effects);
}

function keepPins(cache: AdapterCache, message: KeepPins, turn: Turn): void {
  if (!isCurrent(cache, message, turn)) return;
  const { worker, pool, poolEpoch, held } = message;
  const isOld = (pinned: AdapterPin): boolean =>
    pinned.worker === worker && pinned.pool === pool && pinned.poolEpoch < poolEpoch;
  for (const old of pinsWhere(cache.pins, isOld)) {
    removePin(cache.pins, old.requestId, old.attempt);
  }
  const incarnation = cache.workers.get(worker)?.incarnation;
  // What runs there cannot be pinned yet: unanswered, it is said again.
  if (incarnation === undefined) return;
  for (const { requestId, attempt, digest } of held) {
    if (isReleased(cache.released, attemptKey(requestId, attempt), { place: 0, poolEpoch }))
      continue;
    const running = { requestId, attempt, worker, incarnation, digest };
    const place = cache.pins.byAttempt.get(attemptKey(requestId, attempt))?.place ?? 0;
    const held = { ...running, pool, poolEpoch, place, isWaiting: false, hasLoaded: false };
    setPin(cache.pins, held);
  }
  answerKept(message, turn.effects);
}

function armTimer(cache: AdapterCache, { nowMs, effects }: Turn): void {
  if (cache.isTimerArmed) return;
  cache.isTimerArmed = true;
  effects.push(arm("load", nowMs + loadPatienceMs, { kind: "timer-fired", name: "load" }));
}

/** One timer for all loads: it fires while any is under way. */
function askAgain(cache: AdapterCache, turn: Turn): void {
  cache.isTimerArmed = false;
  for (const [worker, residency] of cache.workers) {
    for (const [digest, loading] of residency.loading) {
      armTimer(cache, turn);
      if (turn.nowMs - loading.askedAtMs < loadPatienceMs) continue;
      if (loading.asked >= loadsAskedMax) {
        residency.loading.delete(digest);
        failLoad(cache.breaker, digest, turn.nowMs);
        giveUpLoad(cache, { worker, digest, reason: "unanswered" }, turn);
        continue;
      }
      residency.loading.set(digest, {
        ...loading,
        askedAtMs: turn.nowMs,
        asked: loading.asked + 1,
      });
      askWorker(cache, { worker, residency, digest }, turn);
    }
  }
}

function drop(
  { effects }: Turn,
  what: ToAdapterCache["kind"],
  fields: Readonly<Record<string, string | number>>,
): void {
  effects.push(note("adapter-cache.dropped", { what, ...fields }));
}
