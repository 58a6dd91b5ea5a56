// What one process tells a proof of billing: what it has admitted, what it holds that the ledger may lack, and that it sends
// that now. Lists are bounded, and say how much they leave out.

import type { Address } from "#shared/actor/actor.ts";
import type { InspectableHost } from "#shared/actor/host.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type {
  AdmissionRow,
  EpochRange,
  HeldAccount,
  OpenRequest,
} from "#shared/model/reconciliation.ts";
import type { AdmissionBook } from "#services/metering/admission-book.ts";
import type { Meter } from "#services/metering/meter.actor.ts";
import { pendingEntries, pendingRecords } from "#services/metering/meter.actor.ts";
import type { Outbox } from "#services/metering/outbox/outbox-state.ts";
import { isUnread, onDiskOnly } from "#services/metering/outbox/outbox-state.ts";
import type { SpoolFeeding } from "#services/metering/reconcile/spool-feeding.ts";

/** What a process has beside its actors. */
export interface ReconcileHere {
  /** Of a process that admits. */
  readonly admissions?: () => readonly AdmissionRow[];
  /** Of a process that stores. */
  readonly spool?: SpoolFeeding;
}

export interface RangeAsked extends EpochRange {
  readonly tenant: string | undefined;
}

/** One of these is a row of an answer. */
export type OutboxRow =
  | { readonly kind: "pending"; readonly pending: number }
  /** Its disk could not be read yet: what an earlier life left there nobody knows. */
  | { readonly kind: "unread" }
  | { readonly kind: "held"; readonly held: HeldAccount }
  | { readonly kind: "open"; readonly open: OpenRequest };

export interface BoundedRows<Row> {
  readonly rows: readonly Row[];
  readonly omitted: number;
}

const listedMax = 20_000;

export const askedRange = (body: Readonly<Record<string, unknown>>): RangeAsked => ({
  fromEpochMs: Number(body["fromEpochMs"] ?? 0),
  toEpochMs: Number(body["toEpochMs"] ?? 0),
  tenant: typeof body["tenant"] === "string" ? body["tenant"] : undefined,
});

export const meterBook = (host: InspectableHost): AdmissionBook | undefined => {
  const [state] = host.statesOf("meter").values();
  return (state as Meter | undefined)?.admissions;
};

export const admissionsHere = (
  { admissions }: ReconcileHere,
  asked: RangeAsked,
): readonly AdmissionRow[] =>
  (admissions?.() ?? []).filter(
    ({ tenant, minuteEpochMs: at }) =>
      at >= asked.fromEpochMs && at < asked.toEpochMs && (asked.tenant ?? tenant) === tenant,
  );

export function outboxHere(host: InspectableHost, asked: RangeAsked): BoundedRows<OutboxRow> {
  const meters = [...host.statesOf("meter").values()] as readonly Meter[];
  if (meters.length === 0) return { rows: [], omitted: 0 };
  const isAsked = ({ tenant, arrivedAtEpochMs: at }: OpenRequest): boolean =>
    at >= asked.fromEpochMs && at < asked.toEpochMs && (asked.tenant ?? tenant) === tenant;
  const outboxes = outboxesOf(host);
  const onDisk = outboxes.flatMap(onDiskOnly);
  const pending = meters.reduce((sum, meter) => sum + pendingRecords(meter), onDisk.length);
  const held = [...meters.flatMap(pendingEntries), ...onDisk].map(heldOf).filter(isAsked);
  const open = meters.flatMap(({ admissions }) => [...admissions.open.values()]).filter(isAsked);
  const rows: readonly OutboxRow[] = [
    { kind: "pending", pending },
    ...outboxes.filter(isUnread).map((): OutboxRow => ({ kind: "unread" })),
    ...held.slice(0, listedMax).map((one): OutboxRow => ({ kind: "held", held: one })),
    ...open.slice(0, listedMax).map((one): OutboxRow => ({ kind: "open", open: one })),
  ];
  const omitted = Math.max(0, held.length - listedMax) + Math.max(0, open.length - listedMax);
  return { rows, omitted };
}

const outboxesOf = (host: InspectableHost): readonly Outbox[] =>
  [...host.statesOf("outbox").values()] as readonly Outbox[];

const heldOf = ({ record, isFinal }: UsageEntry): HeldAccount => ({
  tenant: record.tenant,
  requestId: record.requestId,
  arrivedAtEpochMs: record.arrivedAtEpochMs,
  isFinal,
  promptTokens: record.promptTokens,
  outputTokens: record.outputTokens,
});

const flush: ToMeter = { kind: "timer-fired", name: "flush" };
const retry: ToMeter = { kind: "timer-fired", name: "retry" };
const readAgain: ToOutbox = { kind: "timer-fired", name: "retry" };
const operator = "operator/reconcile" as Address;

/** As if their patience had ended; what is on disk alone follows as soon as it can be read. */
export function sendAgainHere(host: InspectableHost): number {
  for (const outbox of outboxesOf(host)) {
    if (isUnread(outbox)) host.send(operator, outbox.self, readAgain);
  }
  const meters = [...host.statesOf("meter").keys()];
  for (const meter of meters) {
    host.send(operator, meter, retry);
    host.send(operator, meter, flush);
  }
  return meters.length;
}
