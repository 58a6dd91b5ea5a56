// Settles now and then what no witness is left to close: the edge and the worker of a request died together, or nothing of it
// ever ran. Law: never while the ledger is behind, for then its silence about a request says nothing.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";

export interface SettlingPorts {
  readonly process: string;
  readonly ledger: Pick<Ledger, "settleAbandoned">;
  /** Whether all that is older than the grace of an open account has been stored. */
  readonly isCaughtUp: () => Promise<boolean>;
  readonly onNote: (record: NoteRecord) => void;
}

export interface Settling {
  /** One round; resolves with how many it settled. Never rejects. */
  settle(): Promise<number>;
  close(): Promise<void>;
}

const everyMs = 30_000;

export function startSettlingAbandoned(ports: SettlingPorts): Settling {
  let round: Promise<number> | undefined;
  let isFailing = false;
  const note = (event: string, fields: NoteRecord["fields"]): void => {
    const actor = `usage/${ports.process}` as Address;
    ports.onNote({ kind: "note", event, fields, actor, nowMs: performance.now() });
  };
  const goOnce = async (): Promise<number> => {
    try {
      const records = (await ports.isCaughtUp()) ? await ports.ledger.settleAbandoned(0) : 0;
      if (records > 0) note("usage.abandoned-settled", { records });
      isFailing = false;
      return records;
    } catch (error) {
      // Once per outage; the next round tries again.
      if (!isFailing) note("usage.settling-failed", { reason: String(error).slice(0, 200) });
      isFailing = true;
      return 0;
    }
  };
  const settle = (): Promise<number> => {
    round ??= goOnce().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => void settle(), everyMs).unref();
  return {
    settle,
    close: async () => {
      clearInterval(timer);
      await round;
    },
  };
}
