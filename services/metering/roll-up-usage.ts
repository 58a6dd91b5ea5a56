// Moves what usage has changed in its sums into the roll-ups, every second. Law: no question waits for it, for what it has not
// moved is added up with the rest; so it may be late, or one of several, or not there.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";

export interface RollingPorts {
  readonly process: string;
  /** At most so many deltas, in one transaction; how many it moved. */
  readonly rollUp: (deltasMax: number) => Promise<number>;
  /** Gives back the room of what was moved, where the database does not do so by itself. */
  readonly vacuum?: () => Promise<unknown>;
  readonly onNote: (record: NoteRecord) => void;
}

export interface Rolling {
  /** One round; resolves with how many deltas it moved. Never rejects. */
  roll(): Promise<number>;
  close(): Promise<void>;
}

const everyMs = 1_000;
/** A transaction of a fraction of a second. */
const deltasMax = 10_000;
/** Of one round: a database that was long without a roller is not held up. */
const turnsMax = 20;
const vacuumAfterDeltas = 20_000;

export function startRollingUp(ports: RollingPorts): Rolling {
  let round: Promise<number> | undefined;
  let isFailing = false;
  let movedSinceVacuum = 0;
  const moveAll = async (): Promise<number> => {
    let all = 0;
    for (let turn = 0; turn < turnsMax; turn++) {
      const moved = await ports.rollUp(deltasMax);
      all += moved;
      if (moved < deltasMax) break;
    }
    movedSinceVacuum += all;
    if (ports.vacuum !== undefined && movedSinceVacuum >= vacuumAfterDeltas) {
      await ports.vacuum();
      movedSinceVacuum = 0;
    }
    return all;
  };
  const goOnce = async (): Promise<number> => {
    try {
      const moved = await moveAll();
      isFailing = false;
      return moved;
    } catch (error) {
      // Once per outage; the next round tries again.
      if (!isFailing) tell(ports, { reason: String(error).slice(0, 200) });
      isFailing = true;
      return 0;
    }
  };
  const roll = (): Promise<number> => {
    round ??= goOnce().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => void roll(), everyMs).unref();
  return {
    roll,
    close: async () => {
      clearInterval(timer);
      await round;
    },
  };
}

function tell({ process, onNote }: RollingPorts, fields: NoteRecord["fields"]): void {
  const actor = `usage/${process}` as Address;
  onNote({ kind: "note", event: "usage.roll-up-failed", fields, actor, nowMs: performance.now() });
}
