// Which attempts need which adapter on which worker. Law: one pin per attempt, and an adapter that is pinned is
// never evicted. Bounded: past the bound a pin is refused, and its router tries again.

import type { Pin } from "#shared/messages/to-adapter-cache.ts";
import type { AdapterDigest, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import { attemptKey } from "#shared/model/ids.ts";

export const pinsMax = 16_384;

export interface AdapterPin {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly digest: AdapterDigest;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  /** Of the router's places: a later place of the attempt takes the pin over. */
  readonly place: number;
  /** Its router has not been told `pinned`: the adapter is on the way. */
  readonly isWaiting: boolean;
  /** The load began for it. */
  readonly hasLoaded: boolean;
}

export interface Pins {
  readonly byAttempt: Map<string, AdapterPin>;
  /** How many pins hold `worker digest`. */
  readonly holds: Map<string, number>;
}

export const noPins = (): Pins => ({ byAttempt: new Map(), holds: new Map() });

const holdKey = (worker: WorkerId, digest: AdapterDigest): string => `${worker} ${digest}`;

export const isPinned = ({ holds }: Pins, worker: WorkerId, digest: AdapterDigest): boolean =>
  holds.has(holdKey(worker, digest));

export function setPin(pins: Pins, pin: AdapterPin): void {
  removePin(pins, pin.requestId, pin.attempt);
  pins.byAttempt.set(attemptKey(pin.requestId, pin.attempt), pin);
  const key = holdKey(pin.worker, pin.digest);
  pins.holds.set(key, (pins.holds.get(key) ?? 0) + 1);
}

/** Whether this very pin, asked for again, is the one that a load began for. */
export function hasLoadedFor(pins: Pins, message: Pin): boolean {
  const { requestId, attempt, worker, incarnation, digest, place = 0 } = message;
  const standing = pins.byAttempt.get(attemptKey(requestId, attempt));
  return (
    standing?.hasLoaded === true &&
    standing.worker === worker &&
    standing.incarnation === incarnation &&
    standing.digest === digest &&
    standing.place === place
  );
}

export function removePin(
  pins: Pins,
  requestId: RequestId,
  attempt: number,
): AdapterPin | undefined {
  const key = attemptKey(requestId, attempt);
  const pin = pins.byAttempt.get(key);
  if (pin === undefined) return undefined;
  pins.byAttempt.delete(key);
  const hold = holdKey(pin.worker, pin.digest);
  const left = (pins.holds.get(hold) ?? 0) - 1;
  if (left > 0) pins.holds.set(hold, left);
  else pins.holds.delete(hold);
  return pin;
}

export const pinsWhere = (pins: Pins, holds: (pin: AdapterPin) => boolean): AdapterPin[] =>
  [...pins.byAttempt.values()].filter(holds);
