// The adapters of one worker host: which are in its workers' GPU slots, which in its RAM, and which attempt needs
// which. Law: what is pinned stays; a slot is promised once; the router's newest epoch alone commands.

import type { Actor } from "#shared/actor/actor.ts";
import type {
  AdapterCatalog,
  KeepPins,
  Pin,
  ToAdapterCache,
  Unpin,
  WorkerUp,
} from "#shared/messages/to-adapter-cache.ts";
import type { PinRefused } from "#shared/messages/to-router.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { AdapterCache, Turn } from "./cache-state.ts";
import { drop, emptyCache, isCurrent } from "./cache-state.ts";
import { dropFromHostTier, resizeHostTier } from "./host-tier.ts";
import type { WantedLoad } from "./load.ts";
import { askAgain, beginLoad, failed, loaded, tellPinned } from "./load.ts";
import { answerKept, answerPinned, answerUnpinned, refusePin } from "./pin-answers.ts";
import type { AdapterPin } from "./pins.ts";
import { hasLoadedFor, pinsMax, pinsWhere, removePin, setPin } from "./pins.ts";
import { wantAdapters } from "./prefetch.ts";
import { isReleased, rememberReleased } from "./released-places.ts";
import type { Residency } from "./residency.ts";
import { correct, startResidency, touch } from "./residency.ts";

const workersMax = 256;

export const adapterCache: Actor<AdapterCache, ToAdapterCache> = {
  name: "adapter-cache",
  init: emptyCache,
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
    case "want-adapters":
      return wantAdapters(cache, message, turn);
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

function learnCatalog(cache: AdapterCache, message: AdapterCatalog): void {
  const { adapters, hostBytesMax, evictions = [] } = message;
  cache.catalog.clear();
  for (const { digest, bytes, isKept = false } of adapters) {
    cache.catalog.set(digest, { bytes, isKept });
  }
  cache.evictions.clear();
  for (const { worker, eviction } of evictions) cache.evictions.set(worker, eviction);
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
  for (const [digest, source] of correct(known, slots, residents)) {
    tellPinned(cache, { worker, digest, source }, turn);
  }
}

function pin(cache: AdapterCache, message: Pin, turn: Turn): void {
  if (!isCurrent(cache, message, turn)) return;
  const { worker, requestId, attempt, place = 0, poolEpoch } = message;
  const key = attemptKey(requestId, attempt);
  const isLate = place > 0 && isReleased(cache.released, key, { place, poolEpoch });
  if (isLate) return refusePin(cache.released, message, "no-slot", turn.effects);
  const residency = cache.workers.get(worker);
  if (residency?.incarnation !== message.incarnation) {
    return refusePin(cache.released, message, "unknown-worker", turn.effects);
  }
  pinIn(cache, residency, message, turn);
}

function pinIn(cache: AdapterCache, residency: Residency, message: Pin, turn: Turn): void {
  const { worker, digest, requestId, attempt } = message;
  const key = attemptKey(requestId, attempt);
  const hasLoaded = residency.ahead.delete(digest) || hasLoadedFor(cache.pins, message);
  const isNew = !cache.pins.byAttempt.has(key);
  if (residency.residents.has(digest)) {
    if (isNew) touch(residency, digest, turn.nowMs);
    const held = pinOf(message, { isWaiting: false, hasLoaded });
    setPin(cache.pins, held);
    return answerPinned(held, turn.effects);
  }
  const isLoading = residency.loading.has(digest);
  const refusal = reasonToRefuse(cache, { key, digest, worker, residency }, turn);
  if (refusal === undefined) {
    if (isNew) touch(residency, digest, turn.nowMs);
    const held = pinOf(message, { isWaiting: true, hasLoaded: hasLoaded || !isLoading });
    return setPin(cache.pins, held);
  }
  removePin(cache.pins, requestId, attempt);
  refusePin(cache.released, message, refusal, turn.effects);
}

/** Undefined: the adapter is on the way. */
function reasonToRefuse(
  cache: AdapterCache,
  { key, ...wanted }: WantedLoad & { readonly key: string },
  turn: Turn,
): PinRefused["reason"] | undefined {
  if (!wanted.residency.loading.has(wanted.digest)) {
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
