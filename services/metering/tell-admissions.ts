// Tells the ledger's side every two seconds what this process has admitted since, in totals that only grow. What is not taken is
// told again; so is everything when the stream that had it is no more. A meter that begins anew counts as another life.

import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { AdmissionRow } from "#shared/model/reconciliation.ts";
import type { AdmissionBook } from "./admission-book.ts";

export interface TellAdmissionsPorts {
  readonly process: string;
  /** Undefined while there is no meter. */
  readonly book: () => AdmissionBook | undefined;
  /** At most 250 at a time. */
  readonly tell: (rows: readonly AdmissionRow[]) => Promise<void>;
  readonly onNote: (record: NoteRecord) => void;
  readonly everyMs?: number;
}

export interface TellingAdmissions {
  /** All that is remembered, told or not. */
  rows(): readonly AdmissionRow[];
  tellNow(): Promise<void>;
  /** Whoever had it has lost it. */
  tellAllAgain(): void;
  close(): Promise<void>;
}

const everyDefaultMs = 2_000;
const rowsMax = 250;

export function startTellingAdmissions(ports: TellAdmissionsPorts): TellingAdmissions {
  const { process, tell, onNote, everyMs = everyDefaultMs } = ports;
  let life: string = randomUUID();
  let counted: AdmissionBook | undefined;
  let told = new Map<string, number>();
  let round: Promise<void> | undefined;
  let isFailing = false;
  const rows = (): readonly AdmissionRow[] => {
    const book = ports.book();
    if (book === undefined) return [];
    if (counted !== undefined && counted !== book) {
      life = randomUUID();
      told = new Map();
    }
    counted = book;
    return [...book.minutes.values()].map((count) => ({ ...count, process, life }));
  };
  const tellOnce = async (): Promise<void> => {
    const news = rows().filter((row) => told.get(keyOf(row)) !== sumOf(row));
    try {
      for (let first = 0; first < news.length; first += rowsMax) {
        const part = news.slice(first, first + rowsMax);
        await tell(part);
        for (const row of part) told.set(keyOf(row), sumOf(row));
      }
      isFailing = false;
    } catch (error) {
      // Once per outage: it is told again with the next round.
      if (!isFailing) {
        const actor = `meter/${process}` as Address;
        const fields = { reason: String(error).slice(0, 200) };
        onNote({
          kind: "note",
          event: "admissions.untold",
          fields,
          actor,
          nowMs: performance.now(),
        });
      }
      isFailing = true;
    }
  };
  const tellNow = (): Promise<void> => {
    round ??= tellOnce().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => void tellNow(), everyMs).unref();
  return {
    rows,
    tellNow,
    tellAllAgain: () => {
      told = new Map();
    },
    close: async () => {
      clearInterval(timer);
      await round;
      await tellNow();
    },
  };
}

const keyOf = ({ tenant, minuteEpochMs }: AdmissionRow): string => `${minuteEpochMs}/${tenant}`;

/** Each of them only grows: so does the sum, with every change. */
const sumOf = ({ opened, served, cancelled, failed }: AdmissionRow): number =>
  opened + served + cancelled + failed;
