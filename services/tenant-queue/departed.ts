// Requests that left the queue within the last minute: so that a late duplicate of a submit does not run a
// settled request again, and a request whose lease ran out can come back to what was booked for it.

import type { Address } from "#shared/actor/actor.ts";
import { AgedMap } from "#shared/actor/aged-map.ts";
import type { RanOn } from "#shared/messages/to-session.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Charge } from "./sliding-window.ts";

const rememberedMs = 60_000;
const rememberedMax = 4096;

export type Departure = {
  /** Where it ran last: its output may be there still. */
  readonly ranOn?: RanOn;
  /** The latest attempt that a worker has spoken of. Absent: the one of `ranOn`. */
  readonly begunAttempt?: number;
  /** The worker that was told to write its bill, and may not have heard. */
  readonly billGivenTo?: Address;
  /** The session that had the last word on it: another one has lost its stream to it. */
  readonly takenOverBy?: Address;
} &
  /** Over: its session said so, or its deadline passed. */
  (
    | { readonly kind: "settled"; readonly atMs: number }
    /** Admitted once and given up for good: said again to a session that has not heard it. */
    | { readonly kind: "refused"; readonly atMs: number; readonly refusal: Refusal }
    /** Given up in silence. `charge` is what is still booked: all of it if nothing ran, else what was used. */
    | {
        readonly kind: "lapsed";
        readonly atMs: number;
        readonly charge: Charge;
        readonly hasRun: boolean;
      }
  );

/** In order of departure. */
export type Departed = AgedMap<RequestId, Departure>;

export const noDepartures = (): Departed => new AgedMap();

export function remember(departed: Departed, requestId: RequestId, departure: Departure): void {
  departed.set(requestId, departure);
  for (;;) {
    const [oldest, { atMs }] = departed.oldest() ?? [requestId, departure];
    if (departed.size <= rememberedMax && atMs + rememberedMs > departure.atMs) return;
    departed.delete(oldest);
  }
}

export function recall(
  departed: Departed,
  requestId: RequestId,
  nowMs: number,
): Departure | undefined {
  const departure = departed.get(requestId);
  return departure === undefined || departure.atMs + rememberedMs <= nowMs ? undefined : departure;
}

/** What stays true of it when another word ends it. */
export function whereItRan({
  ranOn,
  begunAttempt,
}: Pick<Departure, "ranOn" | "begunAttempt"> = {}): Pick<Departure, "ranOn" | "begunAttempt"> {
  return {
    ...(ranOn === undefined ? {} : { ranOn }),
    ...(begunAttempt === undefined ? {} : { begunAttempt }),
  };
}
