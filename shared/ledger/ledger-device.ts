// The device between a process's meter and its ledger: puts the world's clock to words of GPU time, stores a batch, answers `recorded` or `record-failed`.
// Silence is possible too (a stopping process): the meter asks again, and storing twice changes nothing.

import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { RecordUsage, ToLedger } from "#shared/messages/to-ledger.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import { atEpoch } from "#shared/model/gpu-word.ts";
import type { GpuLedger } from "./gpu-time/gpu-ledger.ts";
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
  const store = async ({ records, gpuTimes = [] }: RecordUsage): Promise<void> => {
    await ledger.record(records);
    if (gpuTimes.length > 0) await gpu?.recordGpuTime(gpuTimes);
  };
  return (self, meter, message) => {
    const asked = message as ToLedger;
    if (asked.kind === "record-gpu-time") {
      const entry = atEpoch(asked.word, host.nowMs(), Date.now());
      if (gpu !== undefined) answer(self, meterBeside(self), { kind: "gpu-time", entry });
      return;
    }
    const { batch } = asked;
    store(asked).then(
      () => answer(self, meter, { kind: "recorded", batch }),
      (error: unknown) =>
        answer(self, meter, { kind: "record-failed", batch, reason: reasonOf(error) }),
    );
  };
}

/** Of the same process. */
export const meterBeside = (ledger: Address): Address =>
  meterAddress(ledger.slice(ledger.indexOf("/") + 1));

const reasonLengthMax = 200;

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, reasonLengthMax);
