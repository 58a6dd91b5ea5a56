// Forgets, hour by hour, what was counted longer ago than a bill is contested. Law: it may be late, twice or not there: nothing
// waits for it, and what it leaves goes with the next round.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { AdmissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";

export interface PruningPorts {
  readonly process: string;
  readonly shelf: Pick<AdmissionShelf, "pruneAdmissions">;
  readonly onNote: (record: NoteRecord) => void;
}

export interface Pruning {
  /** One round; resolves with how many rows it forgot. Never rejects. */
  prune(): Promise<number>;
  close(): Promise<void>;
}

const everyMs = 3_600_000;
/** A statement of a fraction of a second. */
const rowsMax = 10_000;
/** Of one round: more than a large fleet counts in an hour, so that it gains on what was left. */
const turnsMax = 100;

export function startPruningAdmissions({ process, shelf, onNote }: PruningPorts): Pruning {
  let round: Promise<number> | undefined;
  let isClosing = false;
  const note = (event: string, fields: NoteRecord["fields"]): void => {
    const actor = `usage/${process}` as Address;
    onNote({ kind: "note", event, fields, actor, nowMs: performance.now() });
  };
  const goOnce = async (): Promise<number> => {
    let rows = 0;
    try {
      for (let turn = 0; turn < turnsMax; turn++) {
        const pruned = await shelf.pruneAdmissions(rowsMax);
        rows += pruned;
        if (pruned < rowsMax || isClosing) break;
      }
      if (rows > 0) note("admissions.pruned", { rows });
    } catch (error) {
      note("admissions.pruning-failed", { reason: String(error).slice(0, 200) });
    }
    return rows;
  };
  const prune = (): Promise<number> => {
    round ??= goOnce().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => void prune(), everyMs).unref();
  return {
    prune,
    close: async () => {
      isClosing = true;
      clearInterval(timer);
      await round;
    },
  };
}
