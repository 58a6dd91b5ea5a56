// What an outbox said is on disk reaches the ledger, whatever dies afterwards: a request whose final account was kept is not
// settled as if nobody had known its end, one that had kept only open accounts is billed at no less than they told, and GPU time that a
// worker had told and kept is there.

import type { Effect } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { ToDisk } from "#shared/messages/to-disk.ts";
import { witnessesLost } from "#shared/model/abandoned-account.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import { isKeptUsage } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";

interface Kept {
  isFinal: boolean;
  outputTokens: number;
}

interface KeptWord {
  readonly key: string;
  readonly keptUs: number;
  readonly atMs: number;
}

/** Workers never rest: their last words are still to be stored. */
const onTheirWayMs = 10_000;

export const keptUsageIsBilled: Checker = {
  name: "kept-usage-is-billed",
  watch: (report, worldMs) => {
    const onTheirWay = new Map<string, readonly KeptEntry[]>();
    const promised = new Map<string, Kept>();
    const words: KeptWord[] = [];
    const keepUsage = ({ record, isFinal }: UsageEntry): void => {
      const key = `${record.tenant}/${record.requestId}`;
      const before = promised.get(key) ?? { isFinal: false, outputTokens: 0 };
      promised.set(key, {
        isFinal: before.isFinal || isFinal,
        outputTokens: Math.max(before.outputTokens, record.outputTokens),
      });
    };
    const keep = (entry: KeptEntry): void => {
      if (isKeptUsage(entry)) return keepUsage(entry);
      const { worker, life, outsideUs } = entry.gpuTime;
      words.push({ key: `${worker}/${life}`, keptUs: outsideUs, atMs: worldMs() });
    };
    return {
      kinds: ["outbox"],
      observer: {
        received(process, _self, { effects }) {
          if (effects.some(saysSynced)) onTheirWay.get(process)?.forEach(keep);
          for (const effect of effects) {
            const asked = askedOfDisk(effect);
            if (asked?.kind === "append") onTheirWay.set(process, asked.entries);
          }
        },
      },
      judge({ ledger, gpuLives }) {
        for (const { key, keptUs, atMs } of words) {
          const storedUs = gpuLives.get(key)?.outsideUs ?? 0;
          if (storedUs < keptUs && atMs < worldMs() - onTheirWayMs)
            report(`${key}: ${keptUs} µs of its life kept, ${storedUs} stored`);
        }
        for (const [key, { isFinal, outputTokens }] of promised) {
          const row = ledger.get(key);
          if (row === undefined) report(`${key}: kept, and no row`);
          else if (row.entry.record.outcome === witnessesLost) {
            const billed = row.entry.record.outputTokens;
            if (isFinal) report(`${key}: its end was kept, and it was settled without`);
            else if (billed < outputTokens)
              report(`${key}: ${outputTokens} kept, ${billed} billed`);
          }
        }
      },
    };
  },
};

const saysSynced = (effect: Effect): boolean =>
  effect.kind === "note" && effect.event === "outbox.synced";

const askedOfDisk = (effect: Effect): ToDisk | undefined =>
  effect.kind === "send" && kindOf(effect.to) === "disk" ? (effect.message as ToDisk) : undefined;
