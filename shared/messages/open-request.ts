// What a client's call is once it has passed the door. Part of a session's mailbox, `to-session.ts`.

import type { Address } from "#shared/actor/actor.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";

/** A client call that passed authentication and validation; everything the request is, decided once. From the client's device. */
export interface Open {
  readonly kind: "open";
  readonly requestId: RequestId;
  readonly edge: EdgeId;
  /** Where this edge's usage goes. */
  readonly meter: Address;
  readonly tenant: TenantId;
  readonly shard: number;
  readonly pool: PoolId;
  /** As its usage is priced: of the pool, and the tenant's. Absent: not known. */
  readonly poolClass?: string;
  readonly tier?: string;
  readonly model: string;
  readonly modelVersion: string;
  /** Empty: the base model. */
  readonly adapterDigest: AdapterDigest;
  /** Prefix-cache namespace: hash of (trust group, model version, tokenizer, adapter digest). */
  readonly namespace: string;
  /** Of the vocabulary that the prompt is written in, and the output will be. Absent: `quad`. */
  readonly tokenizer?: string;
  /** The prompt's ids in little-endian order, after the chat template. It stays here until a worker is granted. */
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  /** At most four; matched on the text, never shown. */
  readonly stopStrings: readonly string[];
  readonly sampling: Sampling;
  /** From now. */
  readonly timeoutMs: number;
  readonly arrivedAtEpochMs: number;
  /** The wall clock when this was sent: from then on the session counts its days by its own clock. Absent: when it arrived. */
  readonly sentAtEpochMs?: number;
  /** Zones outside which no worker may run it, as they stood when it was admitted. Absent: anywhere. */
  readonly residency?: readonly string[];
  /** A key that allows one of these may read its stream: what was asked for, the model, the alias's target. Absent: the model alone. */
  readonly names?: readonly string[];
  /** How the client's door writes: handed back in `resumed` to the door through which the client reads on. Opaque here. */
  readonly replyTerms?: string;
  /** The client has named the request: it may have been asked before, and `requestId` follows from the name. The session has an id of its own. */
  readonly idempotency?: Idempotency;
  /** The client lost the stream and has its output up to and with this index: it wants what follows. Only with `idempotency`. */
  readonly after?: number;
  /** Its client is shown nothing before it has all of it. Absent: it is shown each token. */
  readonly isInOnePiece?: boolean;
  /** What the same request has met before, under another id. */
  readonly suspicion?: Suspicion;
}

/** A client reads a stream on that it has lost. Its session finds where the request runs or ran and takes it over. From the client's device. */
export interface ResumeStream {
  readonly kind: "resume";
  /** Of the stream; the session itself has an id of its own. */
  readonly requestId: RequestId;
  readonly edge: EdgeId;
  readonly meter: Address;
  readonly tenant: TenantId;
  readonly shard: number;
  /** The client has the output up to and with this index. -1: nothing. */
  readonly after: number;
  /** As in `Open`. */
  readonly isInOnePiece?: boolean;
  /** All that the caller's key allows, as `Open.names` has them. Absent: every model of its tenant. */
  readonly models?: readonly string[];
  /** From now. */
  readonly timeoutMs: number;
  /** As in `Open`. */
  readonly sentAtEpochMs?: number;
}
