// The coordination store of the fleet: etcd, whose revisions are the epochs. Every question has a deadline and one
// answer; a write goes out once, and what did not answer is `unknown`, never guessed.

import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Trust } from "#shared/config/trust.ts";
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
import { askOnce, keepPatienceMs, readAnywhere, writePatienceMs } from "./etcd-calls.ts";
import type { EtcdCall } from "./etcd-calls.ts";
import { EtcdEndpoints } from "./etcd-endpoints.ts";
import { isLeaseLost, reasonOf } from "./etcd-faults.ts";
import { keepEtcdLease } from "./etcd-lease-keeping.ts";
import { awaitEtcd } from "./etcd-opening.ts";
import {
  claimOutcome,
  claimTransaction,
  getOutcome,
  keyRange,
  putOutcome,
  putTransaction,
  releaseTransaction,
} from "./etcd-transactions.ts";
import { EtcdWatch } from "./etcd-watch.ts";

export interface EtcdCoordinationOptions {
  /** `host:port`, nearest first: the others are asked when it fails. */
  readonly endpoints: readonly string[];
  /** Absent: plaintext, for tests. */
  readonly trust?: Trust;
  readonly onNote?: (record: NoteRecord) => void;
}

export interface OpenCoordination extends Coordination {
  /** Ends every watch, and resolves when every open question is answered. Leases stay until they run out. */
  close(): Promise<void>;
}

/** Rejects with an `EtcdOpeningError` within five seconds when etcd cannot be used. */
export async function openEtcdCoordination(
  options: EtcdCoordinationOptions,
): Promise<OpenCoordination> {
  await awaitEtcd(options.endpoints, options.trust);
  return new EtcdCoordination(options);
}

type Answer<Outcome> = (outcome: Outcome | Unknown) => void;

class EtcdCoordination implements OpenCoordination {
  readonly #onNote: ((record: NoteRecord) => void) | undefined;
  readonly #endpoints: EtcdEndpoints;
  /** Connections of their own: a slow write does not interrupt them, nor a silent watch the writes. */
  readonly #watchEndpoints: EtcdEndpoints;
  readonly #watches = new Set<EtcdWatch>();
  readonly #open = new Set<Promise<void>>();
  #isClosed = false;

  constructor({ endpoints, trust, onNote }: EtcdCoordinationOptions) {
    this.#onNote = onNote;
    const reach = (use: string): EtcdEndpoints =>
      new EtcdEndpoints({
        endpoints,
        ...(trust === undefined ? {} : { trust }),
        onLeft: (endpoint, why) => this.#note("etcd.endpoint-left", { endpoint, use, why }),
      });
    this.#endpoints = reach("questions");
    this.#watchEndpoints = reach("watches");
  }

  grantLease(ttlMs: number, answer: Answer<LeaseGrant>): void {
    const wanted = { TTL: String(Math.ceil(ttlMs / 1_000)), ID: "0" };
    this.#write(answer, async (connection, options) => {
      const { ID: lease, TTL } = await connection.leaseClient.leaseGrant(wanted, options);
      return { kind: "granted", lease, ttlMs: Number(TTL) * 1_000 };
    });
  }

  keepLease(lease: string, answer: Answer<LeaseKeep>): void {
    const ask = (): Promise<LeaseKeep> =>
      askOnce(this.#endpoints, keepPatienceMs, keepEtcdLease(lease));
    this.#answer(answer, ask, unknown);
  }

  revokeLease(lease: string, answer: Answer<LeaseRevoke>): void {
    const ask = (): Promise<LeaseRevoke> =>
      askOnce(this.#endpoints, writePatienceMs, async (connection, options) => {
        await connection.leaseClient.leaseRevoke({ ID: lease }, options);
        return { kind: "revoked" };
      });
    this.#answer(answer, ask, (error) =>
      isLeaseLost(error) ? { kind: "revoked" } : unknown(error),
    );
  }

  claim(question: ClaimQuestion, answer: Answer<ClaimOutcome>): void {
    const ask = (): Promise<ClaimOutcome | Unknown> =>
      askOnce(this.#endpoints, writePatienceMs, async ({ kv }, options) =>
        claimOutcome(question, await kv.txn(claimTransaction(question), options)),
      );
    this.#answer(answer, ask, (error) => (isLeaseLost(error) ? { kind: "lost" } : unknown(error)));
  }

  release(key: string, lease: string, answer: Answer<ReleaseOutcome>): void {
    this.#write(answer, async ({ kv }, options) => {
      await kv.txn(releaseTransaction(key, lease), options);
      return { kind: "released" };
    });
  }

  put(question: PutQuestion, answer: Answer<PutOutcome>): void {
    this.#write(answer, async ({ kv }, options) =>
      putOutcome(question, await kv.txn(putTransaction(question), options)),
    );
  }

  get(key: string, answer: Answer<GetOutcome>): void {
    const ask = (): Promise<GetOutcome> =>
      readAnywhere(this.#endpoints, async ({ kv }, options) =>
        getOutcome(await kv.range(keyRange(key), options)),
      );
    this.#answer(answer, ask, unknown);
  }

  watch(prefix: string, onKeys: (list: KeyList) => void): () => void {
    if (this.#isClosed) return () => {};
    const watch = new EtcdWatch({
      endpoints: this.#watchEndpoints,
      prefix,
      onKeys: (list) => this.#tell(() => onKeys(list)),
      note: (event, fields) => this.#note(event, fields),
    });
    this.#watches.add(watch);
    return () => {
      watch.stop();
      this.#watches.delete(watch);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
    this.#watchEndpoints.close();
    // Each has its deadline.
    await Promise.allSettled(this.#open);
    this.#endpoints.close();
  }

  #write<Outcome>(answer: Answer<Outcome>, call: EtcdCall<Outcome | Unknown>): void {
    this.#answer(answer, () => askOnce(this.#endpoints, writePatienceMs, call), unknown);
  }

  #answer<Outcome>(
    answer: Answer<Outcome>,
    ask: () => Promise<Outcome | Unknown>,
    ofError: (error: unknown) => Outcome | Unknown,
  ): void {
    const answered = this.#outcomeOf(ask, ofError).then((outcome) => {
      this.#open.delete(answered);
      return this.#tell(() => answer(outcome));
    });
    this.#open.add(answered);
  }

  async #outcomeOf<Outcome>(
    ask: () => Promise<Outcome | Unknown>,
    ofError: (error: unknown) => Outcome | Unknown,
  ): Promise<Outcome | Unknown> {
    if (this.#isClosed) return unknown(new Error("closed"));
    try {
      return await ask();
    } catch (error) {
      return ofError(error);
    }
  }

  /** A listener's own fault is not the store's. */
  #tell(tell: () => void): void {
    try {
      tell();
    } catch (bug) {
      this.#note("etcd.listener-threw", { reason: reasonOf(bug) });
    }
  }

  #note(event: string, fields: NoteRecord["fields"]): void {
    const actor = "coordination/etcd" as Address;
    this.#onNote?.({ kind: "note", event, fields, actor, nowMs: performance.now() });
  }
}

const unknown = (error: unknown): Unknown => ({ kind: "unknown", reason: reasonOf(error) });
