// Stores some messages of usage in one statement and acknowledges them after. What can never be stored is told and
// taken out of the way; what cannot be stored now is the caller's to give back.

import type { GpuLedger } from "#shared/ledger/gpu-ledger.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import { SqlError } from "#shared/ledger/sql.ts";
import { unpackUsage } from "./usage-message.ts";

/** As much of a stream's message as is used here. */
export interface UsageMessage {
  readonly data: Uint8Array;
  readonly subject: string;
  readonly seq: number;
  ack(): void;
  ackAck(options: { timeout: number }): Promise<boolean>;
  term(): void;
}

/** Without a place for GPU time it is taken and not kept. */
export type BiteLedger = Pick<Ledger, "record"> & Partial<Pick<GpuLedger, "recordGpuTime">>;

type Outcome = { readonly kind: "stored" } | { readonly kind: "failed"; readonly reason: string };

type Tell = (event: string, fields: NoteRecord["fields"]) => void;

const ackTimeoutMs = 2_000;

/** Never rejects. After `stored` nothing of the bite is to be given back. */
export async function writeBite(
  bite: readonly UsageMessage[],
  ledger: BiteLedger,
  tell: Tell,
): Promise<Outcome> {
  const good = bite.flatMap((message) => readable(message, tell));
  const failure = await recordAll(good, ledger);
  if (failure === undefined) {
    await acknowledge(good);
    return { kind: "stored" };
  }
  if (!isOfData(failure)) return { kind: "failed", reason: reasonOf(failure) };
  const [only] = good;
  if (good.length === 1 && only !== undefined) {
    discard(only.message, reasonOf(failure), tell);
    return { kind: "stored" };
  }
  // One of them is to blame: halves find it, and the others do not wait for it.
  const middle = Math.ceil(good.length / 2);
  for (const half of [good.slice(0, middle), good.slice(middle)]) {
    const outcome = await writeBite(
      half.map(({ message }) => message),
      ledger,
      tell,
    );
    if (outcome.kind === "failed") return outcome;
  }
  return { kind: "stored" };
}

interface Readable {
  readonly message: UsageMessage;
  readonly entries: readonly UsageEntry[];
  readonly gpuTimes: readonly GpuEntry[];
}

function readable(message: UsageMessage, tell: Tell): readonly Readable[] {
  const unpacked = unpackUsage(message.data);
  if (unpacked.kind === "usage") return [{ message, entries: unpacked.entries, gpuTimes: [] }];
  if (unpacked.kind === "gpu-time") {
    return [{ message, entries: [], gpuTimes: unpacked.gpuTimes }];
  }
  discard(message, unpacked.reason, tell);
  return [];
}

function discard(message: UsageMessage, reason: string, tell: Tell): void {
  // Without words: servers before 2.10 take a reasoned end for none, and deliver the message again.
  message.term();
  const { subject, seq, data } = message;
  tell("usage.discarded", { subject, sequence: seq, bytes: data.length, reason });
}

async function recordAll(good: readonly Readable[], ledger: BiteLedger): Promise<unknown> {
  try {
    if (good.length > 0) await ledger.record(good.flatMap(({ entries }) => entries));
    const gpuTimes = good.flatMap((one) => one.gpuTimes);
    if (gpuTimes.length > 0) await ledger.recordGpuTime?.(gpuTimes);
    return undefined;
  } catch (error) {
    return error ?? new Error("unknown");
  }
}

/** The last one's is waited for: what is announced after it is known to the server. Lost ones are delivered, and stored, again. */
async function acknowledge(good: readonly Readable[]): Promise<void> {
  const last = good.at(-1)?.message;
  for (const { message } of good) if (message !== last) message.ack();
  await last?.ackAck({ timeout: ackTimeoutMs }).catch(() => false);
}

/** Classes 22 and 23: the values, not the database, are at fault. */
const isOfData = (error: unknown): boolean =>
  error instanceof SqlError && /^2[23]/.test(error.code ?? "");

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 200);
