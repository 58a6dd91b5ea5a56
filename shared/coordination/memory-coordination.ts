// The coordination store in memory: the embedded twin of etcd, and the simulator's model of it. Revisions only
// grow, over restarts too; leases run on the given clock and end with the process. It can go wrong in the ways
// that were measured on etcd (libraries note, §9): answers late or never, though the question took effect.

import { assert } from "#shared/actor/assert.ts";
import type { CoordinationFile } from "./coordination-file.ts";
import type {
  ClaimOutcome,
  ClaimQuestion,
  Coordination,
  GetOutcome,
  KeyList,
  LeaseGrant,
  LeaseKeep,
  LeaseRevoke,
  PutOutcome,
  PutQuestion,
  ReleaseOutcome,
  Unknown,
} from "./coordination.ts";
import type { MemoryLease, MemoryWatcher, StoredKey } from "./memory-records.ts";
import type { StoreClock } from "./store-clock.ts";
import { realClock } from "./store-clock.ts";

/** How one question goes wrong: whether it takes effect, whether it is answered, and how late. */
export interface QuestionFault {
  readonly takesEffect: boolean;
  readonly isAnswered: boolean;
  readonly afterMs: number;
}

export interface MemoryCoordinationOptions {
  readonly clock?: StoreClock;
  /** Absent: nothing survives a restart. */
  readonly file?: CoordinationFile;
  /** Asked for each question, by its text (`claim /own/shard/7`). Absent: nothing goes wrong. */
  readonly faultOf?: (question: string) => QuestionFault | undefined;
}

/** A leader that has lost its followers takes writes for about so long, and they stand when it has them again. */
const electionMs = 1_000;
const noMajorityRetryMs = 200;

/** Revisions are promised to the file in slices, so that a claim needs no disk. A restart skips the rest of one. */
const revisionSlice = 10_000;

export const memoryCoordination = (options: MemoryCoordinationOptions = {}): MemoryCoordination =>
  new MemoryCoordination(options);

export class MemoryCoordination implements Coordination {
  readonly #clock: StoreClock;
  readonly #file: CoordinationFile | undefined;
  readonly #faultOf: (question: string) => QuestionFault | undefined;
  readonly #keys = new Map<string, StoredKey>();
  readonly #leases = new Map<string, MemoryLease>();
  readonly #watchers = new Set<MemoryWatcher>();
  #revision: number;
  #revisionPromised: number;
  readonly #leasePrefix: string;
  #leaseCount = 0;
  #unsaved: ((isSaved: boolean) => void)[] = [];
  /** Undefined while it has a majority. */
  #majorityLostAtMs: number | undefined;
  #landing: (() => void)[] = [];

  constructor({ clock = realClock, file, faultOf = () => undefined }: MemoryCoordinationOptions) {
    this.#clock = clock;
    this.#file = file;
    this.#faultOf = faultOf;
    const kept = file?.read() ?? { revision: 0, keys: [] };
    for (const { key, value, epoch } of kept.keys) this.#keys.set(key, { value, epoch, lease: "" });
    this.#revision = kept.revision;
    this.#revisionPromised = kept.revision;
    this.#leasePrefix = `lease-${kept.revision}`;
    if (file !== undefined) this.#promiseRevisions();
  }

  grantLease(ttlMs: number, answer: (outcome: LeaseGrant | Unknown) => void): void {
    this.#ask("grant-lease", () => this.#grantLease(ttlMs), answer);
  }

  keepLease(lease: string, answer: (outcome: LeaseKeep | Unknown) => void): void {
    this.#ask(`keep-lease ${lease}`, () => this.#keepLease(lease), answer);
  }

  revokeLease(lease: string, answer: (outcome: LeaseRevoke | Unknown) => void): void {
    const revoke = (): LeaseRevoke => {
      this.endLease(lease);
      return { kind: "revoked" };
    };
    this.#ask(`revoke-lease ${lease}`, revoke, answer);
  }

  claim(question: ClaimQuestion, answer: (outcome: ClaimOutcome | Unknown) => void): void {
    this.#ask(`claim ${question.key}`, () => this.#claim(question), answer);
  }

  release(key: string, lease: string, answer: (outcome: ReleaseOutcome | Unknown) => void): void {
    const release = (): ReleaseOutcome => {
      if (this.#keys.get(key)?.lease === lease && this.#leases.has(lease)) {
        this.#leases.get(lease)?.keys.delete(key);
        this.#delete([key]);
      }
      return { kind: "released" };
    };
    this.#ask(`release ${key}`, release, answer);
  }

  put(question: PutQuestion, answer: (outcome: PutOutcome | Unknown) => void): void {
    // Answered once it is on disk; puts of the same turn share the write.
    const whenSaved = (outcome: PutOutcome | Unknown): void => {
      if (outcome.kind !== "put" || this.#file === undefined) answer(outcome);
      else this.#save((isSaved) => answer(isSaved ? outcome : unknown("not saved")));
    };
    const put = (): PutOutcome | Unknown => this.#put(question);
    this.#ask<PutOutcome | Unknown>(`put ${question.key}`, put, whenSaved);
  }

  get(key: string, answer: (outcome: GetOutcome | Unknown) => void): void {
    const get = (): GetOutcome => {
      const stored = this.#keys.get(key);
      if (stored === undefined) return { kind: "absent" };
      return { kind: "found", value: stored.value, epoch: stored.epoch };
    };
    this.#ask(`get ${key}`, get, answer);
  }

  watch(prefix: string, onKeys: (list: KeyList) => void): () => void {
    const watcher: MemoryWatcher = {
      prefix,
      onKeys,
      isDue: false,
      isStopped: false,
      blindUntilMs: -Infinity,
    };
    this.#watchers.add(watcher);
    this.#tell(watcher);
    return () => {
      watcher.isStopped = true;
      this.#watchers.delete(watcher);
    };
  }

  /** The lease is over, as if it had not been kept: its keys go in one revision. */
  endLease(lease: string): void {
    const ending = this.#leases.get(lease);
    if (ending === undefined) return;
    ending.cancelExpiry();
    this.#leases.delete(lease);
    if (ending.keys.size > 0) this.#delete(ending.keys);
  }

  /** A change of etcd's leader: every lease gets its whole length anew. */
  refreshLeases(): void {
    for (const lease of this.#leases.values())
      lease.expiresAtMs = this.#clock.nowMs() + lease.ttlMs;
  }

  /** As an etcd that was told to forget them all: each process finds its own gone. */
  endAllLeases(): void {
    for (const lease of this.#leases.keys()) this.endLease(lease);
  }

  /**
   * Without a majority of etcd's members nothing is known and no lease ends. When it is back, every lease has its whole
   * length, and what had been asked in the first moment may stand though nobody was told so.
   */
  setMajority(hasMajority: boolean): void {
    if (hasMajority === (this.#majorityLostAtMs === undefined)) return;
    this.#majorityLostAtMs = hasMajority ? undefined : this.#clock.nowMs();
    if (!hasMajority) return;
    this.refreshLeases();
    const landing = this.#landing;
    this.#landing = [];
    for (const apply of landing) attempt(apply);
  }

  /** Every watch breaks, and lists again after so long. What changed meanwhile shows only in the list. */
  interruptWatches(forMs: number): void {
    for (const watcher of this.#watchers) {
      watcher.blindUntilMs = this.#clock.nowMs() + forMs;
      this.#tell(watcher);
    }
  }

  /** Forget leases and watches: the process ends. */
  close(): void {
    for (const lease of this.#leases.values()) lease.cancelExpiry();
    this.#leases.clear();
    for (const watcher of this.#watchers) watcher.isStopped = true;
    this.#watchers.clear();
  }

  #ask<Outcome>(
    question: string,
    apply: () => Outcome,
    answer: (outcome: Outcome | Unknown) => void,
  ): void {
    if (this.#majorityLostAtMs !== undefined) {
      if (this.#clock.nowMs() - this.#majorityLostAtMs < electionMs) this.#landing.push(apply);
      this.#clock.later(0, () => answer(unknown("no majority")));
      return;
    }
    const fault = this.#faultOf(question);
    const outcome = fault?.takesEffect === false ? unknown("no answer") : attempt(apply);
    const answered = fault?.isAnswered === false ? unknown("no answer") : outcome;
    this.#clock.later(fault?.afterMs ?? 0, () => answer(answered));
  }

  #grantLease(ttlMs: number): LeaseGrant {
    assert(ttlMs > 0, "a lease has a length");
    const lease = `${this.#leasePrefix}-${++this.#leaseCount}`;
    this.#leases.set(lease, {
      ttlMs,
      expiresAtMs: this.#clock.nowMs() + ttlMs,
      keys: new Set(),
      cancelExpiry: this.#clock.later(ttlMs, () => this.#expire(lease)),
    });
    return { kind: "granted", lease, ttlMs };
  }

  #keepLease(lease: string): LeaseKeep {
    const standing = this.#standingLease(lease);
    // etcd answers this with a TTL of 0: an answer, not an error.
    if (standing === undefined) return { kind: "lost" };
    standing.expiresAtMs = this.#clock.nowMs() + standing.ttlMs;
    return { kind: "kept", ttlMs: standing.ttlMs };
  }

  #expire(lease: string): void {
    const standing = this.#leases.get(lease);
    if (standing === undefined) return;
    const leftMs =
      this.#majorityLostAtMs === undefined
        ? standing.expiresAtMs - this.#clock.nowMs()
        : noMajorityRetryMs;
    if (leftMs <= 0) attempt(() => this.endLease(lease));
    else standing.cancelExpiry = this.#clock.later(leftMs, () => this.#expire(lease));
  }

  /** A process that was paused may ask before the expiry's own timer fires. */
  #standingLease(lease: string): MemoryLease | undefined {
    const standing = this.#leases.get(lease);
    if (standing === undefined || standing.expiresAtMs > this.#clock.nowMs()) return standing;
    this.endLease(lease);
    return undefined;
  }

  #claim({ key, value, lease }: ClaimQuestion): ClaimOutcome {
    const standing = this.#standingLease(lease);
    if (standing === undefined) return { kind: "lost" };
    const stored = this.#keys.get(key);
    if (stored !== undefined && this.#isHeld(stored)) {
      if (stored.lease === lease) return { kind: "claimed", epoch: stored.epoch };
      return { kind: "held", value: stored.value, epoch: stored.epoch };
    }
    const epoch = this.#nextRevision();
    this.#keys.set(key, { value, epoch, lease });
    standing.keys.add(key);
    this.#changed(key);
    return { kind: "claimed", epoch };
  }

  #isStanding({ key, epoch }: { readonly key: string; readonly epoch: number }): boolean {
    const claim = this.#keys.get(key);
    return claim?.epoch === epoch && this.#isHeld(claim);
  }

  /** Ends the holder's lease if its time is up, and its key with it. */
  #isHeld({ lease }: StoredKey): boolean {
    return lease === "" || this.#standingLease(lease) !== undefined;
  }

  #put(question: PutQuestion): PutOutcome | Unknown {
    const { fence, lease } = question;
    if (lease !== undefined && this.#standingLease(lease) === undefined) {
      return unknown("the lease is gone");
    }
    if (fence !== undefined && !this.#isStanding(fence)) return { kind: "fenced" };
    return this.#swap(question);
  }

  #swap({ key, value, expected, lease = "" }: PutQuestion): PutOutcome {
    const stored = this.#keys.get(key);
    const isClaimed = stored !== undefined && stored.lease !== "" && lease === "";
    assert(!isClaimed, "a claimed key is not put");
    if (expected !== undefined && stored?.value !== expected.value) {
      return { kind: "differs", ...(stored === undefined ? {} : { value: stored.value }) };
    }
    const revision = this.#nextRevision();
    this.#hang(key, { value, epoch: stored?.epoch ?? revision, lease });
    return { kind: "put", revision };
  }

  /** On its lease, and on the one before no more. */
  #hang(key: string, stored: StoredKey): void {
    this.#leases.get(this.#keys.get(key)?.lease ?? "")?.keys.delete(key);
    this.#leases.get(stored.lease)?.keys.add(key);
    this.#keys.set(key, stored);
    this.#changed(key);
  }

  #nextRevision(): number {
    if (this.#revision === this.#revisionPromised && this.#file !== undefined) {
      this.#promiseRevisions();
    }
    return ++this.#revision;
  }

  #promiseRevisions(): void {
    const promised = this.#revision + revisionSlice;
    this.#write(promised);
    this.#revisionPromised = promised;
  }

  #save(saved: (isSaved: boolean) => void): void {
    this.#unsaved.push(saved);
    if (this.#unsaved.length > 1) return;
    this.#clock.later(0, () => {
      const waiting = this.#unsaved;
      this.#unsaved = [];
      let isSaved = true;
      try {
        this.#write(this.#revisionPromised);
      } catch {
        isSaved = false;
      }
      for (const saved of waiting) saved(isSaved);
    });
  }

  #write(revision: number): void {
    const keys = [...this.#keys]
      .filter(([, { lease }]) => lease === "")
      .map(([key, { value, epoch }]) => ({ key, value, epoch }));
    this.#file?.write({ revision, keys });
  }

  /** In one revision, as one transaction does. */
  #delete(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#keys.delete(key);
      this.#changed(key);
    }
    this.#nextRevision();
  }

  #changed(key: string): void {
    for (const watcher of this.#watchers) {
      if (key.startsWith(watcher.prefix)) this.#tell(watcher);
    }
  }

  #tell(watcher: MemoryWatcher): void {
    if (watcher.isDue) return;
    watcher.isDue = true;
    this.#clock.later(0, () => this.#list(watcher));
  }

  #list(watcher: MemoryWatcher): void {
    if (watcher.isStopped) return;
    const blindMs =
      this.#majorityLostAtMs === undefined
        ? watcher.blindUntilMs - this.#clock.nowMs()
        : noMajorityRetryMs;
    if (blindMs > 0) {
      this.#clock.later(blindMs, () => this.#list(watcher));
      return;
    }
    watcher.isDue = false;
    const entries = [...this.#keys]
      .filter(([key]) => key.startsWith(watcher.prefix))
      .map(([key, { value, epoch }]) => ({ key, value, epoch }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    watcher.onKeys({ revision: this.#revision, entries });
  }
}

const unknown = (reason: string): Unknown => ({ kind: "unknown", reason });

/** A full disk or a broken law of ours: the caller only learns that nothing is known. */
function attempt<Outcome>(apply: () => Outcome): Outcome | Unknown {
  try {
    return apply();
  } catch (cause) {
    return unknown(cause instanceof Error ? cause.message : String(cause));
  }
}
