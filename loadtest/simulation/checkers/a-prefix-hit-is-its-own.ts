// A prefix that an engine finds in its cache was put there by the same namespace: the same tenant's trust group, model
// version and adapter. What a request was not computed for, however equal its words, is not there for it.

import type { Run, ToEngine } from "#shared/messages/to-engine.ts";
import { tokenCount } from "#shared/model/tokenizer.ts";
import type { Replica } from "#services/worker/engine/replica.ts";
import type { Checker, Report } from "#loadtest/simulation/checker.ts";

const tokenBytes = 4;

export const aPrefixHitIsItsOwn: Checker = {
  name: "a-prefix-hit-is-its-own",
  watch(report) {
    const engines = new WeakMap<Replica, Engine>();
    return {
      kinds: ["engine"],
      observer: {
        received(_process, _self, { state, arrival }) {
          const replica = state as Replica;
          let engine = engines.get(replica);
          if (engine === undefined) {
            engine = new Engine(report);
            engines.set(replica, engine);
          }
          const message = arrival.message as ToEngine;
          if (message.kind === "run") engine.hear(message);
          engine.judge(replica);
        },
      },
    };
  },
};

/** As told by what its worker asked, whatever the engine makes of it. */
class Engine {
  readonly #report: Report;
  /** What it was asked to compute, by namespace. */
  readonly #prompts = new Map<string, Uint8Array[]>();
  /** Of these nothing is known to be cached so far. */
  readonly #fresh = new Map<string, Run>();

  constructor(report: Report) {
    this.#report = report;
  }

  hear(run: Run): void {
    this.#fresh.set(run.sequence, run);
  }

  judge({ sequences }: Replica): void {
    for (const [key, run] of this.#fresh) {
      const sequence = sequences.get(key);
      if (sequence?.hasRun === false) continue;
      this.#fresh.delete(key);
      const cachedTokens = sequence?.cost.cachedTokens ?? 0;
      if (cachedTokens > 0) this.#judgeHit(run, cachedTokens);
      this.#promptsOf(run.namespace).push(run.promptBytes);
    }
  }

  #judgeHit({ sequence, namespace, promptBytes }: Run, cachedTokens: number): void {
    const prefix = promptBytes.subarray(0, cachedTokens * tokenBytes);
    const isOwn = this.#promptsOf(namespace).some((other) => beginsWith(other, prefix));
    if (isOwn) return;
    const tokens = `${cachedTokens} of ${tokenCount(promptBytes)} tokens`;
    this.#report(`${sequence} found ${tokens} in the cache that its namespace never put there`);
  }

  #promptsOf(namespace: string): Uint8Array[] {
    let prompts = this.#prompts.get(namespace);
    if (prompts === undefined) {
      prompts = [];
      this.#prompts.set(namespace, prompts);
    }
    return prompts;
  }
}

const beginsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  Buffer.compare(bytes.subarray(0, prefix.length), prefix) === 0;
