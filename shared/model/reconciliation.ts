// What the proof of billing says: what was admitted, what the ledger has, and each difference by what it is and what is to
// be done. Plain data, for the operator's answer and for the tenant's report alike.

/** Counted by one life of one process, for one tenant and the UTC minute in which the requests arrived. Only grows. */
export interface AdmissionCount {
  readonly tenant: string;
  readonly minuteEpochMs: number;
  /** Accounts opened: admitted, or refused by the tenant's queue after that. */
  readonly opened: number;
  /** Of which ended here: whole, by their client, or otherwise. */
  readonly served: number;
  readonly cancelled: number;
  readonly failed: number;
}

export interface AdmissionRow extends AdmissionCount {
  readonly process: string;
  readonly life: string;
}

/** From its start to before its end, by the moment of arrival. */
export interface EpochRange {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

/** An account that a process holds and the ledger is not known to have. */
export interface HeldAccount {
  readonly tenant: string;
  readonly requestId: string;
  readonly arrivedAtEpochMs: number;
  readonly isFinal: boolean;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** A request that was admitted here and has not ended here. */
export interface OpenRequest {
  readonly tenant: string;
  readonly requestId: string;
  readonly arrivedAtEpochMs: number;
}

/** What one process has that the ledger may lack. */
export interface OutboxStanding {
  readonly process: string;
  /** All of it; `held` lists what falls into the range, up to a bound. */
  readonly pending: number;
  readonly held: readonly HeldAccount[];
  readonly open: readonly OpenRequest[];
}

/** The log between the processes and the ledger. */
export interface StreamStanding {
  readonly messages: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Everything up to here is stored. */
  readonly ackFloor: number;
  /** Not handed out, and handed out without an answer. */
  readonly pending: number;
  readonly unacknowledged: number;
  readonly createdAt: string;
}

export type DifferenceKind =
  /** It runs, or may still be spoken for. */
  | "in-flight"
  | "waiting-in-outbox"
  | "waiting-in-stream"
  /** Open past the moment until which somebody could have closed it. */
  | "abandoned"
  /** Admitted, and nobody has an account of it. */
  | "missing"
  /** Several final accounts with differing numbers: the first stands. */
  | "conflicting"
  /** Numbers that no request can have. */
  | "impossible"
  /** Could not be read or stored, and was set aside. */
  | "discarded"
  /** In the ledger, and counted by nobody. */
  | "uncounted";

/** What an account says was used. */
export interface AccountNumbers {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly outcome: string;
}

/** Two final accounts of one request: the row stands, the other came later and changed nothing. */
export interface ContradictedAccount {
  readonly requestId: string;
  readonly billed: AccountNumbers;
  readonly toldLater: AccountNumbers;
}

export interface Difference {
  readonly kind: DifferenceKind;
  readonly requests: number;
  /** The first of them, where they are known. */
  readonly requestIds: readonly string[];
  /** Of conflicting ones: both numbers of the first. */
  readonly accounts?: readonly ContradictedAccount[];
  /** The process that has it. */
  readonly where?: string;
  readonly advice: string;
}

export interface TenantStanding {
  readonly tenant: string;
  readonly admitted: number;
  readonly served: number;
  readonly cancelled: number;
  readonly failed: number;
  /** Lives of edges that counted. */
  readonly counters: number;
  readonly rows: number;
  readonly finalRows: number;
  /** Of final rows. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly differences: readonly Difference[];
}

/** `in-flight`: nothing differs but what is on its way. */
export type Verdict = "agrees" | "in-flight" | "differs";

export interface Repair {
  readonly what: string;
  readonly count: number;
}

export interface Reconciliation extends EpochRange {
  readonly takenAtEpochMs: number;
  /** Counts begin here: what arrived before was counted by nobody. Absent: nothing was ever counted. */
  readonly countedSinceEpochMs?: number;
  readonly verdict: Verdict;
  readonly tenants: readonly TenantStanding[];
  readonly outboxes: readonly { readonly process: string; readonly pending: number }[];
  /** Absent: the ledger is written without one. A string: why it does not answer. */
  readonly stream?: StreamStanding | string;
  /** Processes that did not answer. */
  readonly silent: readonly string[];
  readonly omitted: number;
  /** Of one tenant: SHA-256 over its final rows, a line each. */
  readonly digest?: string;
  readonly repairs?: readonly Repair[];
}

export interface ReconcileAsk extends EpochRange {
  readonly tenant?: string;
}
