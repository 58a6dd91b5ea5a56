// What a router hears about a pin it asked for. The answer names the place that asked, so that a late one is not
// taken for the answer to a later place of the same attempt.

import type { Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { routerAddress } from "#shared/messages/addresses.ts";
import type { KeepPins, Pin } from "#shared/messages/to-adapter-cache.ts";
import type { PinRefused } from "#shared/messages/to-router.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { AdapterPin } from "./pins.ts";
import type { LoadSource } from "./residency.ts";
import type { ReleasedPlaces } from "./released-places.ts";
import { rememberReleased } from "./released-places.ts";

/** `place` absent or 0: the router named none. */
type AskedPin = Pick<AdapterPin, "requestId" | "attempt" | "worker" | "pool"> &
  Partial<Pick<AdapterPin, "place" | "hasLoaded">>;

const named = ({ place = 0 }: Pick<AskedPin, "place">): { readonly place?: number } =>
  place === 0 ? {} : { place };

const asked = ({ requestId, attempt, worker, place = 0 }: AskedPin) => ({
  requestId,
  attempt,
  worker,
  ...named({ place }),
});

/** `source`: of the load that it waited for. */
export function answerPinned(pin: AskedPin, effects: Effect[], source?: LoadSource): void {
  const loaded = pin.hasLoaded === true ? { loaded: true } : {};
  const answer = { kind: "pinned", ...asked(pin), ...loaded, ...source } as const;
  effects.push(toRouter(routerAddress(pin.pool), answer));
}

/**
 * For good: its place asks elsewhere from now on, and a repetition of the question that is still on its way would pin for
 * nobody.
 */
export function refusePin(
  released: ReleasedPlaces,
  pin: Pin | AdapterPin,
  reason: PinRefused["reason"],
  effects: Effect[],
): void {
  const { requestId, attempt, worker, pool, poolEpoch, place = 0 } = pin;
  rememberReleased(released, attemptKey(requestId, attempt), { place, poolEpoch });
  effects.push(
    note("adapter.pin-refused", { requestId, attempt, worker, pool, reason }),
    toRouter(routerAddress(pool), { kind: "pin-refused", ...asked(pin), reason }),
  );
}

export function answerUnpinned(
  { requestId, attempt, pool, place = 0 }: Omit<AskedPin, "worker">,
  effects: Effect[],
): void {
  effects.push(
    toRouter(routerAddress(pool), { kind: "unpinned", requestId, attempt, ...named({ place }) }),
  );
}

export function answerKept({ worker, pool, poolEpoch }: KeepPins, effects: Effect[]): void {
  effects.push(toRouter(routerAddress(pool), { kind: "pins-kept", worker, poolEpoch }));
}
