// Stores again what a spool remembers of a range: started by a word, told of by the next. Law: one feeding at a time, and one that
// fails says so and can be asked for again.

import type { Ledger } from "#shared/ledger/ledger.ts";
import type { AdmissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { UsageSpool } from "#services/metering/usage-spool.ts";
import { unpackUsage } from "#services/metering/usage-message.ts";

export interface FeedingState {
  readonly isOver: boolean;
  /** Entries given to the ledger; most of them it may have had. */
  readonly fed: number;
  readonly fault?: string;
}

export interface SpoolFeeding {
  /** Begins, unless the feeding of that name has begun. */
  feed(name: string, range: FedRange): FeedingState;
}

export interface FedRange {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

interface FeedingPorts {
  readonly spool: Pick<UsageSpool, "messages">;
  readonly ledger: Pick<Ledger, "record"> & AdmissionShelf;
}

const batchMax = 2_000;

export function spoolFeeding(ports: FeedingPorts): SpoolFeeding {
  let current: { readonly name: string; fed: number; isOver: boolean; fault?: string } | undefined;
  return {
    feed: (name, range) => {
      if (current === undefined || (current.name !== name && current.isOver)) {
        const begun: NonNullable<typeof current> = { name, fed: 0, isOver: false };
        current = begun;
        void feedAll(ports, range, (count) => (begun.fed += count))
          .catch((error: unknown) => (begun.fault = String(error).slice(0, 200)))
          .finally(() => (begun.isOver = true));
      }
      const { fed, isOver, fault } = current;
      return {
        fed,
        isOver: current.name === name && isOver,
        ...(fault === undefined ? {} : { fault }),
      };
    },
  };
}

async function feedAll(
  { spool, ledger }: FeedingPorts,
  { fromEpochMs, toEpochMs }: FedRange,
  count: (entries: number) => void,
): Promise<void> {
  const isIn = ({ record: { arrivedAtEpochMs: at } }: UsageEntry): boolean =>
    at >= fromEpochMs && at < toEpochMs;
  let batch: UsageEntry[] = [];
  const store = async (): Promise<void> => {
    await ledger.record(batch);
    count(batch.length);
    batch = [];
  };
  for await (const message of spool.messages()) {
    const unpacked = unpackUsage(message);
    if (unpacked.kind === "admissions") await ledger.recordAdmissions(unpacked.rows);
    if (unpacked.kind !== "usage") continue;
    batch.push(...unpacked.entries.filter(isIn));
    if (batch.length >= batchMax) await store();
  }
  if (batch.length > 0) await store();
}
