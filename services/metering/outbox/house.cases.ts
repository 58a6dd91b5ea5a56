// A meter with its outbox on a real folder, before a ledger that stores, or is away: for tests of what outlives a process.

import type { Address } from "#shared/actor/actor.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { finalEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import {
  diskAddress,
  ledgerAddress,
  meterAddress,
  outboxAddress,
} from "#shared/messages/addresses.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import type { RecordUsage, ToLedger } from "#shared/messages/to-ledger.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import { gpuEntryOf } from "#shared/model/gpu-word.cases.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { gpuEntryKey, mergeGpuEntries } from "#shared/model/gpu-word.ts";
import { meter, pendingRecords } from "#services/metering/meter.actor.ts";
import type { Meter } from "#services/metering/meter.actor.ts";
import { fileDisk } from "./file-disk.ts";
import type { FileSystem } from "./file-system.ts";
import { outbox } from "./outbox.actor.ts";
import type { Outbox } from "./outbox-state.ts";

export interface House {
  /** Its final account. */
  readonly use: (requestId: string) => void;
  readonly useAs: (record: UsageRecord) => void;
  /** A word of GPU time since the life of a worker began. */
  readonly runGpu: (outsideUs: number) => void;
  /** By worker's life and minute, as the ledger has them. */
  readonly gpuTimes: Map<string, GpuEntry>;
  /** By request, as the ledger has them. */
  readonly stored: Set<string>;
  readonly notes: string[];
  ledgerIsAway: boolean;
  readonly outbox: () => Outbox;
  /** All that was used is on disk. */
  readonly isKept: () => boolean;
  readonly pending: () => number;
  /** No more than SIGKILL would leave: what is on disk. */
  kill(): Promise<void>;
}

const process = "p1";
const nobody = "test/p1" as Address;

export function startHouse(
  folder: string,
  system?: FileSystem,
  store: Ledger["record"] = async () => undefined,
): House {
  const notes: string[] = [];
  const host = createLocalHost({
    process,
    ownedKinds: new Set(),
    onNote: ({ event }) => notes.push(event),
  });
  host.register(meter);
  host.register(outbox);
  const disk = fileDisk({ folder, host, ...(system === undefined ? {} : { system }) });
  host.attach("disk", disk.device);
  const stored = new Set<string>();
  const gpuTimes = new Map<string, GpuEntry>();
  let used = 0;
  const house: House = {
    use: (id) => house.useAs(finalEntry({ tenant: tenant("acme"), requestId: request(id) }).record),
    useAs: (record) => {
      used++;
      host.send(nobody, meterAddress(process), { kind: "usage", record, isFinal: true });
    },
    runGpu: (outsideUs) => {
      used++;
      const entry = gpuEntryOf({ outsideUs });
      host.send(nobody, meterAddress(process), { kind: "gpu-time", entry });
    },
    gpuTimes,
    stored,
    notes,
    ledgerIsAway: false,
    outbox: () => host.statesOf("outbox").get(outboxAddress(process)) as Outbox,
    isKept: () => {
      const { phase, lastNumber, waiting, commit } = house.outbox();
      const isIdle = waiting.length === 0 && commit === undefined;
      return phase === "open" && lastNumber === used && isIdle;
    },
    pending: () => pendingRecords(host.statesOf("meter").get(meterAddress(process)) as Meter),
    kill: async () => {
      host.stop();
      await disk.close();
    },
  };
  const answer = async (
    from: Address,
    { batch, records, gpuTimes: told = [] }: RecordUsage,
  ): Promise<void> => {
    await store(records);
    for (const entry of told) {
      const key = gpuEntryKey(entry);
      gpuTimes.set(key, mergeGpuEntries(gpuTimes.get(key), entry));
    }
    for (const { record } of records) stored.add(record.requestId);
    const { message: said } = toMeter(from, { kind: "recorded", batch });
    host.send(ledgerAddress(process), from, said);
  };
  host.attach("ledger", (_to, from, message) => {
    const asked = message as ToLedger;
    if (house.ledgerIsAway || asked.kind !== "record-usage") return;
    void answer(from, asked);
  });
  const begin: ToOutbox = { kind: "begin" };
  host.send(diskAddress(process), outboxAddress(process), begin);
  return house;
}

export async function until(what: string, isSo: () => boolean, patienceMs = 8_000): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
