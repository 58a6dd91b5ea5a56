// What a worker says to a pool's new router about one attempt that runs there. Part of its mailbox, `to-router.ts`.

import type { Address } from "#shared/actor/actor.ts";
import type { AdapterDigest, RequestId, TenantId } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

/** All that the router cannot know from elsewhere. */
export interface HeldSequence {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  readonly weight: number;
  /** As it was granted. Absent: as its tenant's offers say, else the first. */
  readonly band?: number;
  readonly session: Address;
  readonly adapterDigest: AdapterDigest;
  /** KV blocks, booked or held beyond that. Absent: not known, and it gives way to nobody. */
  readonly blocks?: number;
  /** What it has to compute before its first token, forced prefix included. Absent: not known. */
  readonly promptTokens?: number;
  readonly totals: ExecutedTotals;
}
