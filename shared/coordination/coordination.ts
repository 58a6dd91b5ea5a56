// The coordination store as a port: small strictly serialisable truth, leases, and claims whose epoch is the
// revision that made them. Every answer comes later, never inside the call; `unknown` means that the question
// may have taken effect. Two implementations keep one suite, `coordination.cases.ts`: memory, and etcd.

/** No answer in time, or a broken connection: it may have happened, may happen yet, or never will. */
export interface Unknown {
  readonly kind: "unknown";
  readonly reason: string;
}

export type LeaseGrant = {
  readonly kind: "granted";
  readonly lease: string;
  readonly ttlMs: number;
};
/** `lost`: the store no longer knows the lease, and every key that hung on it is gone. */
export type LeaseKeep =
  | { readonly kind: "kept"; readonly ttlMs: number }
  | { readonly kind: "lost" };
export type LeaseRevoke = { readonly kind: "revoked" };

export type ClaimOutcome =
  /** Epoch = revision of the claim: larger than that of every earlier claim of any key. */
  | { readonly kind: "claimed"; readonly epoch: number }
  | { readonly kind: "held"; readonly value: string; readonly epoch: number }
  | { readonly kind: "lost" };
export type ReleaseOutcome = { readonly kind: "released" };

export type PutOutcome =
  | { readonly kind: "put"; readonly revision: number }
  /** The claim named by the fence is not (any more) of that epoch: nothing was written. */
  | { readonly kind: "fenced" }
  /** The key does not have the value expected: nothing was written. Its value now; absent: it is not there. */
  | { readonly kind: "differs"; readonly value?: string };
export type GetOutcome =
  | { readonly kind: "found"; readonly value: string; readonly epoch: number }
  | { readonly kind: "absent" };

/** Everything under a prefix, by key, with no change up to `revision` missing. */
export interface KeyList {
  readonly revision: number;
  readonly entries: readonly KeyEntry[];
}

export interface KeyEntry {
  readonly key: string;
  readonly value: string;
  /** Revision at which the key came to be: the epoch of a claim. */
  readonly epoch: number;
}

export interface ClaimQuestion {
  readonly key: string;
  readonly value: string;
  readonly lease: string;
}

export interface PutQuestion {
  readonly key: string;
  readonly value: string;
  /** Write only while this key is claimed with this epoch. */
  readonly fence?: { readonly key: string; readonly epoch: number };
  /** Write only while the key has this value, or, with none, while it is not there: compare and swap. */
  readonly expected?: { readonly value?: string };
  /** The key hangs on this lease from now on, whatever it hung on before, and goes with it: for what is kept for a time. */
  readonly lease?: string;
}

type Answer<Outcome> = (outcome: Outcome | Unknown) => void;

export interface Coordination {
  grantLease(ttlMs: number, answer: Answer<LeaseGrant>): void;
  /** Another whole length from when the store hears it. */
  keepLease(lease: string, answer: Answer<LeaseKeep>): void;
  /** Deletes every key that hangs on it. Revoked too when there was none. */
  revokeLease(lease: string, answer: Answer<LeaseRevoke>): void;
  /** Hold the key under the lease if nobody does. Asked again by its holder: the standing epoch. */
  claim(question: ClaimQuestion, answer: Answer<ClaimOutcome>): void;
  /** Delete the key if this lease holds it. */
  release(key: string, lease: string, answer: Answer<ReleaseOutcome>): void;
  /** A key without a lease, unless one is named: stays until overwritten, over restarts too. Not for keys that are claimed. */
  put(question: PutQuestion, answer: Answer<PutOutcome>): void;
  get(key: string, answer: Answer<GetOutcome>): void;
  /** Tell the list now and after each change; after any interruption the whole list again. Returns how to stop. */
  watch(prefix: string, onKeys: (list: KeyList) => void): () => void;
}
