// What one arm of a rollout has come to at this edge: numbers that only grow.

import type { ArmCounts } from "#shared/model/arm-counts.ts";
import { bucketOf } from "#shared/model/arm-counts.ts";

export interface EndedReply {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** From its place on. Undefined: it had no output, or when it got a place is not known. */
  readonly ttftMs: number | undefined;
  /** Undefined: there was nothing between, or its client made it wait. */
  readonly tpotMs: number | undefined;
}

export class ArmTally {
  #requests = 0;
  #completed = 0;
  #errors = 0;
  #crashes = 0;
  readonly #ttftComputed: number[] = [];
  readonly #ttftCached: number[] = [];
  readonly #tpot: number[] = [];

  began(): void {
    this.#requests++;
  }

  failed(): void {
    this.#errors++;
  }

  crashed(): void {
    this.#crashes++;
  }

  completed({ promptTokens, cachedTokens, ttftMs, tpotMs }: EndedReply): void {
    this.#completed++;
    const isCached = cachedTokens * 2 >= promptTokens;
    if (ttftMs !== undefined) observe(isCached ? this.#ttftCached : this.#ttftComputed, ttftMs);
    if (tpotMs !== undefined) observe(this.#tpot, tpotMs);
  }

  /** A copy: it is sent. */
  counts(): ArmCounts {
    return {
      requests: this.#requests,
      completed: this.#completed,
      errors: this.#errors,
      crashes: this.#crashes,
      ttftComputed: [...this.#ttftComputed],
      ttftCached: [...this.#ttftCached],
      tpot: [...this.#tpot],
    };
  }
}

function observe(sketch: number[], ms: number): void {
  const bucket = bucketOf(ms);
  while (sketch.length <= bucket) sketch.push(0);
  sketch[bucket] = (sketch[bucket] ?? 0) + 1;
}
