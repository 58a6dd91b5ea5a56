// Stores some messages of usage in one statement and acknowledges them after. What can never be stored is told and
// taken out of the way; what cannot be stored now is the caller's to give back.

import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { AdmissionRow } from "#shared/model/reconciliation.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { AdmissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import type { DiscardShelf } from "#shared/ledger/reconcile/discard-shelf.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
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

type Outcome = { readonly kind: "stored" } | { readonly kind: "failed"; readonly reason: string };

type Tell = (event: string, fields: NoteRecord["fields"]) => void;

const ackTimeoutMs = 2_000;

/** What a bite is stored in. What is absent is not kept. */
export interface UsageStore
  extends
    Pick<Ledger, "record">,
    Partial<AdmissionShelf>,
    Partial<Pick<GpuLedger, "recordGpuTime">>,
    Partial<{
      /** What can never be stored: before it is out of the way. */
      readonly keepDiscarded: DiscardShelf["keep"];
      /** What is stored: after that. */
      readonly remember: (messages: readonly Uint8Array[]) => void;
    }> {}

/** Never rejects. After `stored` nothing of the bite is to be given back. */
export async function writeBite(
  bite: readonly UsageMessage[],
  store: UsageStore,
  tell: Tell,
): Promise<Outcome> {
  const good = bite.map(read);
  for (const { message, fault } of good) {
    if (fault === undefined) continue;
    const failure = await discard({ message, reason: fault }, store, tell);
    if (failure !== undefined) return { kind: "failed", reason: reasonOf(failure) };
  }
  return writeGood(
    good.filter(({ fault }) => fault === undefined),
    store,
    tell,
  );
}

async function writeGood(
  good: readonly Readable[],
  store: UsageStore,
  tell: Tell,
): Promise<Outcome> {
  const failure = await recordAll(good, store);
  if (failure === undefined) {
    store.remember?.(good.map(({ message }) => message.data));
    await acknowledge(good);
    return { kind: "stored" };
  }
  if (!isOfData(failure)) return { kind: "failed", reason: reasonOf(failure) };
  const [only] = good;
  if (good.length === 1 && only !== undefined) {
    const untaken = await discard({ ...only, reason: reasonOf(failure) }, store, tell);
    return untaken === undefined
      ? { kind: "stored" }
      : { kind: "failed", reason: reasonOf(untaken) };
  }
  // One of them is to blame: halves find it, and the others do not wait for it.
  const middle = Math.ceil(good.length / 2);
  for (const half of [good.slice(0, middle), good.slice(middle)]) {
    const outcome = await writeGood(half, store, tell);
    if (outcome.kind === "failed") return outcome;
  }
  return { kind: "stored" };
}

interface Readable {
  readonly message: UsageMessage;
  readonly entries: readonly UsageEntry[];
  readonly admissions: readonly AdmissionRow[];
  readonly gpuTimes: readonly GpuEntry[];
  /** Why it is not readable. */
  readonly fault?: string;
}

function read(message: UsageMessage): Readable {
  const unpacked = unpackUsage(message.data);
  const blank: Readable = { message, entries: [], admissions: [], gpuTimes: [] };
  switch (unpacked.kind) {
    case "usage":
      return { ...blank, entries: unpacked.entries };
    case "admissions":
      return { ...blank, admissions: unpacked.rows };
    case "gpu-time":
      return { ...blank, gpuTimes: unpacked.gpuTimes };
    default:
      return { ...blank, fault: unpacked.reason };
  }
}

interface Unstorable {
  readonly message: UsageMessage;
  readonly reason: string;
}

/** Kept for a repair before it leaves the stream. Answers with why it could not be, unless it is the message itself that cannot. */
async function discard(
  { message, reason }: Unstorable,
  store: UsageStore,
  tell: Tell,
): Promise<unknown> {
  const { subject, seq: sequence, data: bytes } = message;
  try {
    await store.keepDiscarded?.({ subject, sequence, reason, bytes });
  } catch (error) {
    if (!isOfData(error)) return error ?? new Error("unknown");
  }
  // Without words: servers before 2.10 take a reasoned end for none, and deliver the message again.
  message.term();
  tell("usage.discarded", { subject, sequence, bytes: bytes.length, reason });
  return undefined;
}

async function recordAll(good: readonly Readable[], store: UsageStore): Promise<unknown> {
  try {
    if (good.length > 0) await store.record(good.flatMap(({ entries }) => entries));
    const counts = good.flatMap(({ admissions }) => admissions);
    if (counts.length > 0) await store.recordAdmissions?.(counts);
    const gpuTimes = good.flatMap((one) => one.gpuTimes);
    if (gpuTimes.length > 0) await store.recordGpuTime?.(gpuTimes);
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
