// The usage ledger of a seed: one store for all processes, merging by maximum, which answers late, or not at
// all although it stored, or says that it failed although it stored.

import type { ToLedger } from "#shared/messages/to-ledger.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";

export interface LedgerRow {
  entry: UsageEntry;
  /** Final accounts that billed something else than the first final one, and that named another outcome. */
  contradictions: number;
  otherOutcomes: number;
}

export class LedgerStore {
  readonly rows: Map<string, LedgerRow> = new Map();
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  /** Probability that a batch has an unknown outcome. */
  #trouble = 0;

  constructor(clock: SimulatedClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random.derive("ledger");
  }

  setTrouble(probability: number): void {
    this.#trouble = probability;
  }

  /** One process's way to the ledger. */
  attach(host: SimulatedHost): void {
    host.attach("ledger", (to, from, message) => {
      const { batch, records } = message as ToLedger;
      const isTroubled = this.#random.chance(this.#trouble);
      const isStored = !isTroubled || this.#random.chance(0.5);
      const afterMs = this.#random.between(1, 20);
      this.#clock.schedule(this.#clock.nowMs + afterMs, () => {
        if (isStored) for (const entry of records) this.#merge(entry);
        const answer = this.#answer(batch, isTroubled);
        if (answer !== undefined) host.send(to, from, answer);
      });
    });
  }

  #answer(batch: number, isTroubled: boolean): ToMeter | undefined {
    if (!isTroubled) return { kind: "recorded", batch };
    if (this.#random.chance(0.5)) return { kind: "record-failed", batch, reason: "no answer" };
    return undefined;
  }

  #merge(entry: UsageEntry): void {
    const key = `${entry.record.tenant}/${entry.record.requestId}`;
    const row = this.rows.get(key);
    if (row === undefined) {
      this.rows.set(key, {
        entry: mergeUsage(undefined, entry),
        contradictions: 0,
        otherOutcomes: 0,
      });
      return;
    }
    if (row.entry.isFinal && entry.isFinal) {
      if (!billsTheSame(row.entry, entry)) row.contradictions++;
      if (row.entry.record.outcome !== entry.record.outcome) row.otherOutcomes++;
    }
    row.entry = mergeUsage(row.entry, entry);
  }
}

const billsTheSame = ({ record: a }: UsageEntry, { record: b }: UsageEntry): boolean =>
  a.outputTokens === b.outputTokens && a.promptTokens === b.promptTokens;
