// Which requests were admitted, and when: those that were answered. What an owner took and its successor refused was not
// admitted; the client was told no, and it is counted apart. When an owner decided is not said anywhere: after its client
// asked, and before the owner's word was heard of. With several owners it is the first one's, unless that was annulled.

import type { Witness } from "./admission-witness.ts";

/** On the machine's clock. */
export interface Admission {
  readonly askedMs: number;
  readonly firstMs: number;
  readonly latestMs: number;
}

interface Judged {
  /** As first heard of, one after the other. */
  readonly admitted: readonly Admission[];
  /** Taken by an owner and never answered, since the last call. */
  readonly annulled: number;
}

export interface Answered {
  readonly requestId: string;
  readonly askedMs: number;
}

export class Admissions {
  readonly #witness: Pick<Witness, "queued">;
  readonly #askedMs: Map<string, number> = new Map();
  #annulledBefore = 0;

  constructor(witness: Pick<Witness, "queued">) {
    this.#witness = witness;
  }

  /** When all that was asked has ended. Throws if somebody was answered whom no owner took. */
  upTo(answered: readonly Answered[]): Judged {
    const { queued } = this.#witness;
    for (const { requestId, askedMs } of answered) {
      if (!queued.has(requestId)) throw new Error(`${requestId} was answered and never admitted`);
      this.#askedMs.set(requestId, askedMs);
    }
    const admitted = [...queued]
      .flatMap(([requestId, { firstMs, latestMs }]): Admission[] => {
        const askedMs = this.#askedMs.get(requestId);
        return askedMs === undefined ? [] : [{ askedMs, firstMs, latestMs }];
      })
      .toSorted((a, b) => a.firstMs - b.firstMs);
    const annulled = queued.size - this.#askedMs.size - this.#annulledBefore;
    this.#annulledBefore += annulled;
    return { admitted, annulled };
  }
}
