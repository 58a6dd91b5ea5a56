// The device between a process's meter and its ledger: stores a batch, answers `recorded` or `record-failed`.
// Silence is possible too (a stopping process): the meter asks again, and storing twice changes nothing.

import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { ToLedger } from "#shared/messages/to-ledger.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import { atEpoch } from "#shared/model/gpu-word.ts";
import type { GpuLedger } from "./gpu-ledger.ts";
import { GpuOutbox } from "./gpu-outbox.ts";
import type { Ledger } from "./ledger.ts";

export interface LedgerDevicePorts {
  readonly ledger: Ledger;
  /** Absent: where GPU time went is not kept. */
  readonly gpu?: Pick<GpuLedger, "recordGpuTime">;
  readonly host: Pick<Host, "send" | "nowMs">;
}

/** Attach as the device of kind `ledger`. */
export function ledgerDevice({ ledger, gpu, host }: LedgerDevicePorts): Device {
  const answer = (self: Address, meter: Address, message: ToMeter): void => {
    const { to, message: content } = toMeter(meter, message);
    host.send(self, to, content);
  };
  const gpuOutbox = gpu === undefined ? undefined : new GpuOutbox((due) => gpu.recordGpuTime(due));
  return (self, meter, message) => {
    const asked = message as ToLedger;
    if (asked.kind === "record-gpu-time")
      gpuOutbox?.take(atEpoch(asked.word, host.nowMs(), Date.now()));
    if (asked.kind !== "record-usage") return;
    const { batch, records } = asked;
    ledger.record(records).then(
      () => answer(self, meter, { kind: "recorded", batch }),
      (error: unknown) =>
        answer(self, meter, { kind: "record-failed", batch, reason: reasonOf(error) }),
    );
  };
}

const reasonLengthMax = 200;

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, reasonLengthMax);
