// What a worker tells its router about the room it has. Part of the router's mailbox, `to-router.ts`.

import type { AdapterDigest, TenantId, WorkerId } from "#shared/model/ids.ts";

/** What a worker can start now. Each half second, and after each start and end. Late ones are dropped by `seq`. */
export interface Capacity {
  readonly kind: "capacity";
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly seq: number;
  readonly freeSequences: number;
  readonly sequencesMax: number;
  readonly freeBlocks: number;
  /** Prompt tokens that it may still be given to compute; what is above would only wait in its engine. Absent: no bound. */
  readonly freePrefillTokens?: number;
  /** Tenants that have far more than their share there and yield to the others. Absent: nobody does. */
  readonly beyondShare?: readonly TenantId[];
  /** Then, for everybody but those: more than `freePrefillTokens`, as the prompts of those are not in their way. */
  readonly freePrefillTokensInside?: number;
  /** Digests in GPU slots. */
  readonly residents: readonly AdapterDigest[];
  /** GPU slots, full or free. Absent: some. */
  readonly adapterSlots?: number;
  readonly isCordoned: boolean;
  /** So often its engine died while this agent lived. Absent: never. */
  readonly engineCrashes?: number;
}
