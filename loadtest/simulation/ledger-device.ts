// The usage ledger of a seed: one store for all processes, merging by maximum, which answers late, or not at
// all although it stored, or says that it failed although it stored. In some seeds a log stands before it, which takes
// a batch at once and may forget it.

import { meterBeside } from "#shared/ledger/ledger-device.ts";
import type { ToLedger } from "#shared/messages/to-ledger.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import {
  endsWithinDefaultMs,
  settleAbandoned,
  settleGraceMs,
} from "#shared/model/abandoned-account.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { atEpoch, mergeGpuEntries } from "#shared/model/gpu-word.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { LedgerFaults } from "./fault-plan.ts";
import { edgeNames } from "./seed-fleet.ts";

export interface LedgerRow {
  entry: UsageEntry;
  /** The process that wrote the final account. Undefined: none yet, or nobody was left to. */
  settledBy: string | undefined;
  /** While it is open: when it may be taken for abandoned. */
  overdueAtMs: number;
  /** Final accounts of edges that billed something else than the first final one, and that named another outcome. */
  contradictions: number;
  otherOutcomes: number;
}

/** How an account joins what stands. */
export type MergeUsage = typeof mergeUsage;

const noFaults: LedgerFaults = { trouble: 0, logLoss: 0 };

export class LedgerStore {
  readonly rows: Map<string, LedgerRow> = new Map();
  /** By worker and life: its last word. */
  readonly gpuLives: Map<string, GpuEntry> = new Map();
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #mergeUsage: MergeUsage;
  #faults = noFaults;

  constructor(clock: SimulatedClock, random: SeededRandom, merge: MergeUsage = mergeUsage) {
    this.#clock = clock;
    this.#random = random.derive("ledger");
    this.#mergeUsage = merge;
  }

  setFaults(faults: LedgerFaults): void {
    this.#faults = faults;
  }

  heal(): void {
    this.#faults = noFaults;
  }

  /** One process's way to the ledger. */
  attach(host: SimulatedHost): void {
    const random = this.#random.derive(host.process);
    const [troubles, losses] = [random.derive("trouble"), random.derive("log-loss")];
    host.attach("ledger", (to, from, message) => {
      const asked = message as ToLedger;
      if (asked.kind === "record-gpu-time") {
        const entry = atEpoch(asked.word, 0, 0);
        host.send(to, meterBeside(to), { kind: "gpu-time", entry } satisfies ToMeter);
        return;
      }
      const { batch, records, gpuTimes = [] } = asked;
      const { trouble, logLoss } = this.#faults;
      const isTroubled = troubles.chance(trouble);
      const isForgotten = losses.chance(logLoss);
      const isStoredAnyway = random.chance(0.5);
      const isAnsweredAnyway = random.chance(0.5);
      const afterMs = random.between(1, 20);
      const answer = (said: ToMeter): void => void host.send(to, from, said);
      if (logLoss > 0) {
        this.#clock.schedule(this.#clock.nowMs + afterMs / 2, () => {
          answer({ kind: "taken", batch });
        });
      }
      if (isForgotten) return;
      this.#clock.schedule(this.#clock.nowMs + afterMs, () => {
        if (!isTroubled || isStoredAnyway) {
          for (const entry of records) this.#merge(entry, host.process);
          for (const entry of gpuTimes) this.#bookGpuTime(entry);
        }
        if (!isTroubled) answer({ kind: "recorded", batch });
        else if (isAnsweredAnyway) answer({ kind: "record-failed", batch, reason: "no answer" });
      });
    });
  }

  /** Of what nobody is left to bill, as the ledger's side does it each while. `untilMs`: as if it were so late. */
  settleAbandoned(untilMs: number): void {
    for (const row of this.rows.values()) {
      if (!row.entry.isFinal && row.overdueAtMs <= untilMs) row.entry = settleAbandoned(row.entry);
    }
  }

  /** On its one clock. */
  #bookGpuTime(entry: GpuEntry): void {
    const key = `${entry.worker}/${entry.life}`;
    this.gpuLives.set(key, mergeGpuEntries(this.gpuLives.get(key), entry));
  }

  #merge(entry: UsageEntry, process: string): void {
    const key = `${entry.record.tenant}/${entry.record.requestId}`;
    const overdueAtMs =
      this.#clock.nowMs + (entry.endsWithinMs ?? endsWithinDefaultMs) + settleGraceMs;
    const row = this.rows.get(key);
    if (row === undefined) {
      this.rows.set(key, {
        entry: this.#mergeUsage(undefined, entry),
        settledBy: entry.isFinal ? process : undefined,
        overdueAtMs,
        contradictions: 0,
        otherOutcomes: 0,
      });
      return;
    }
    if (entry.isFinal) countContradiction(row, entry, process);
    row.entry = this.#mergeUsage(row.entry, entry);
    row.overdueAtMs = Math.max(row.overdueAtMs, overdueAtMs);
  }
}

/** What a worker witnesses of a request that its edge has billed after all, or the other way round, need not be the same: the first stands. */
function countContradiction(row: LedgerRow, entry: UsageEntry, process: string): void {
  if (!row.entry.isFinal) {
    row.settledBy = process;
    return;
  }
  if (![process, row.settledBy].every((each) => edgeNames.includes(each ?? ""))) return;
  if (!billsTheSame(row.entry, entry)) row.contradictions++;
  if (row.entry.record.outcome !== entry.record.outcome) row.otherOutcomes++;
}

const billsTheSame = ({ record: a }: UsageEntry, { record: b }: UsageEntry): boolean =>
  a.outputTokens === b.outputTokens && a.promptTokens === b.promptTokens;
