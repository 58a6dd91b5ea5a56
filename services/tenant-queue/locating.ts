// Where a request runs or ran, for a session whose client has lost the stream. Only of this tenant's own requests: every
// other id is unknown here, whether it exists or not.

import { toSession } from "#shared/messages/to-session.ts";
import type { Locate } from "#shared/messages/to-tenant-queue.ts";
import { recall } from "./departed.ts";
import { standingPlace } from "./reservation.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";

export function hearLocate(queue: TenantQueue, { requestId }: Locate, turn: Turn): void {
  const reservation = queue.reservations.get(requestId);
  const departure = recall(queue.departed, requestId, turn.nowMs);
  const { ranOn } = reservation === undefined ? (departure ?? {}) : standingPlace(reservation);
  turn.effects.push(
    toSession(turn.from, {
      kind: "located",
      requestId,
      isKnown: reservation !== undefined || departure !== undefined,
      ...(ranOn === undefined ? {} : { ranOn }),
    }),
  );
}
