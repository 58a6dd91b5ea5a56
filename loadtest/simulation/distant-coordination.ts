// The coordination store as one process reaches it: questions and answers take time, get lost, or come after the
// asker has given up; while the store is away, everything is unknown although it may have taken effect.

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
} from "#shared/coordination/coordination.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";

/** As every real client: no answer by then is no answer. */
const patienceMs = 1000;
const watchAgainMs = 200;

type Answer<Outcome> = (outcome: Outcome | Unknown) => void;

export class DistantCoordination implements Coordination {
  readonly #store: Coordination;
  readonly #clock: SimulatedClock;
  readonly #losses: SeededRandom;
  readonly #delays: SeededRandom;
  readonly #host: SimulatedHost;
  #isAway = false;
  #loss = 0;

  constructor(
    store: Coordination,
    host: SimulatedHost,
    { clock, random }: { readonly clock: SimulatedClock; readonly random: SeededRandom },
  ) {
    this.#store = store;
    this.#host = host;
    this.#clock = clock;
    this.#losses = random.derive(`store/${host.process}/losses`);
    this.#delays = random.derive(`store/${host.process}/delays`);
  }

  setAway(isAway: boolean): void {
    this.#isAway = isAway;
  }

  /** Probability that a question, or an answer, gets lost. */
  setLoss(loss: number): void {
    this.#loss = loss;
  }

  grantLease(ttlMs: number, answer: Answer<LeaseGrant>): void {
    this.#ask((reply) => this.#store.grantLease(ttlMs, reply), answer);
  }

  keepLease(lease: string, answer: Answer<LeaseKeep>): void {
    this.#ask((reply) => this.#store.keepLease(lease, reply), answer);
  }

  revokeLease(lease: string, answer: Answer<LeaseRevoke>): void {
    this.#ask((reply) => this.#store.revokeLease(lease, reply), answer);
  }

  claim(question: ClaimQuestion, answer: Answer<ClaimOutcome>): void {
    this.#ask((reply) => this.#store.claim(question, reply), answer);
  }

  release(key: string, lease: string, answer: Answer<ReleaseOutcome>): void {
    this.#ask((reply) => this.#store.release(key, lease, reply), answer);
  }

  put(question: PutQuestion, answer: Answer<PutOutcome>): void {
    this.#ask((reply) => this.#store.put(question, reply), answer);
  }

  get(key: string, answer: Answer<GetOutcome>): void {
    this.#ask((reply) => this.#store.get(key, reply), answer);
  }

  watch(prefix: string, onKeys: (list: KeyList) => void): () => void {
    let newestRevision = -1;
    const deliver = (list: KeyList): void => {
      // Within one watch, lists come in order.
      if (list.revision < newestRevision) return;
      newestRevision = list.revision;
      onKeys(list);
    };
    return this.#store.watch(prefix, (list) => this.#overTheWatch(list, deliver));
  }

  #overTheWatch(list: KeyList, deliver: (list: KeyList) => void): void {
    if (this.#host.isStopped) return;
    if (!this.#isLost()) {
      this.#later(this.#oneWayMs(), () => this.#host.whenAwake(() => deliver(list)));
      return;
    }
    // A watch that broke is made again, and lists again.
    this.#later(watchAgainMs, () => this.#overTheWatch(list, deliver));
  }

  #ask<Outcome>(question: (reply: Answer<Outcome>) => void, answer: Answer<Outcome>): void {
    let isAnswered = false;
    const answerOnce = (outcome: Outcome | Unknown): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.#host.whenAwake(() => answer(outcome));
    };
    this.#later(patienceMs, () => answerOnce({ kind: "unknown", reason: "no answer in time" }));
    if (this.#isLost()) return;
    this.#later(this.#oneWayMs(), () =>
      question((outcome) => {
        if (!this.#isLost()) this.#later(this.#oneWayMs(), () => answerOnce(outcome));
      }),
    );
  }

  #later(afterMs: number, work: () => void): void {
    this.#clock.schedule(this.#clock.nowMs + afterMs, work);
  }

  #isLost(): boolean {
    // Drawn in any case, so that a store that is away shifts no later loss.
    return this.#losses.chance(this.#loss) || this.#isAway;
  }

  /** Mostly a millisecond; now and then an fsync that takes its time. */
  #oneWayMs(): number {
    return this.#delays.chance(0.02) ? this.#delays.between(5, 600) : this.#delays.between(1, 3);
  }
}
