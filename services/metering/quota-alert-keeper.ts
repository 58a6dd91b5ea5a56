// Brings alerts of quotas from the notes of tenants' queues to the book of alerts: again until it has them. What a process
// takes with it when it dies, the next owner of the tenant's queue tells again, as long as the window stands.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { QuotaAlertBook } from "#shared/ledger/quota-alerts.ts";
import type { QuotaReached } from "#shared/model/quota-alert.ts";
import { alertId } from "#shared/model/quota-alert.ts";

/** Of those that are not kept yet: the oldest is dropped, and told. */
const waitingMax = 4_096;
const againMs = 1_000;

export interface AlertKeeperPorts {
  readonly process: string;
  readonly book: Pick<QuotaAlertBook, "keep">;
  readonly onNote: (record: NoteRecord) => void;
  /** The wall clock. */
  readonly epochMs?: () => number;
}

export interface AlertKeeper {
  readonly hear: (record: NoteRecord) => void;
  /** Not kept yet. */
  waiting(): number;
  /** After one more try. */
  close(): Promise<void>;
}

export function startAlertKeeper({
  process,
  book,
  onNote,
  epochMs = Date.now,
}: AlertKeeperPorts): AlertKeeper {
  const waiting = new Map<string, QuotaReached>();
  let round: Promise<void> | undefined;
  let isFailing = false;
  const note = (event: string, fields: NoteRecord["fields"]): void => {
    const actor = `quota-alerts/${process}` as Address;
    onNote({ kind: "note", event, fields, actor, nowMs: performance.now() });
  };
  const keepAll = async (): Promise<void> => {
    for (const [id, alert] of waiting) {
      const { tenant, level } = alert;
      if (await book.keep(alert)) note("quota.alert-kept", { tenant, id, level });
      waiting.delete(id);
    }
    isFailing = false;
  };
  const keep = (): Promise<void> => {
    round ??= keepAll()
      .catch((error: unknown) => {
        // Once per outage; the next round tries again.
        if (!isFailing) note("quota.alert-failed", { reason: String(error).slice(0, 200) });
        isFailing = true;
      })
      .finally(() => {
        round = undefined;
      });
    return round;
  };
  const timer = setInterval(() => {
    if (waiting.size > 0) void keep();
  }, againMs).unref();
  return {
    hear: (record) => {
      if (record.event !== "queue.quota-alert") return;
      const alert = reachedIn(record, epochMs());
      waiting.set(alertId(alert), alert);
      const [oldest = ""] = waiting.keys();
      if (waiting.size > waitingMax && waiting.delete(oldest)) {
        note("quota.alert-dropped", { id: oldest });
      }
      if (!isFailing) void keep();
    },
    waiting: () => waiting.size,
    close: async () => {
      clearInterval(timer);
      await round;
      if (waiting.size > 0) await keep();
    },
  };
}

const reachedIn = ({ fields }: NoteRecord, reachedAtEpochMs: number): QuotaReached => ({
  tenant: String(fields["tenant"]),
  period: fields["period"] as QuotaReached["period"],
  metric: fields["metric"] as QuotaReached["metric"],
  mode: fields["mode"] as QuotaReached["mode"],
  limit: Number(fields["limit"]),
  window: String(fields["window"]),
  level: Number(fields["level"]),
  used: Number(fields["used"]),
  endsAtEpochMs: Number(fields["endsAtEpochMs"]),
  reachedAtEpochMs,
});
