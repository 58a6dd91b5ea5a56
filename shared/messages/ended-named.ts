// What an edge remembers of a request that ended there and that its client had named, for an owner to come. Part of a session
// directory's mailbox, `to-session-directory.ts`, and of a tenant queue's, `to-tenant-queue.ts`.

import type { Idempotency } from "#shared/model/idempotency.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { RanOn } from "./to-session.ts";

export interface EndedNamed {
  readonly requestId: RequestId;
  readonly idempotency: Idempotency;
  readonly attempt: number;
  /** Its client was given all of it; else it was cut off, and is on the bill as it is. */
  readonly isServed: boolean;
  readonly ranOn?: RanOn;
}
