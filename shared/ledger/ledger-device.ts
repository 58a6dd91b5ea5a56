// The device between a process's meter and its ledger: stores a batch, answers `recorded` or `record-failed`.
// Silence is possible too (a stopping process): the meter asks again, and storing twice changes nothing.

import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { ToLedger } from "#shared/messages/to-ledger.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { Ledger } from "./ledger.ts";

export interface LedgerDevicePorts {
  readonly ledger: Ledger;
  readonly host: Pick<Host, "send">;
}

/** Attach as the device of kind `ledger`. */
export function ledgerDevice({ ledger, host }: LedgerDevicePorts): Device {
  const answer = (self: Address, meter: Address, message: ToMeter): void => {
    const { to, message: content } = toMeter(meter, message);
    host.send(self, to, content);
  };
  return (self, meter, message) => {
    const { kind, batch, records } = message as ToLedger;
    if (kind !== "record-usage") return;
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
