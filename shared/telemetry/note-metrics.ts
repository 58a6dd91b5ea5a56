// Which note moves which metric: the one table. A label's value is the note's field of that name, unless another
// field is named, or else the part of the speaker's address that says it.

import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { LabelName } from "./catalogue.ts";
import type { LabelValues } from "./label-values.ts";
import type { MetricStore } from "./metric-store.ts";

interface NoteMetric {
  readonly metric: string;
  /** The field to add or observe; absent: 1. A note without that field is passed by. */
  readonly field?: string;
  /** Milliseconds become seconds, and whatever else is counted in parts or thousands what its metric is in. */
  readonly scale?: number;
  /** Where a label's value is found, if not in the field of its name. */
  readonly from?: Readonly<Partial<Record<LabelName, string>>>;
}

const count = (name: string, from?: NoteMetric["from"]): NoteMetric => ({
  metric: `fairlead_${name}`,
  ...(from === undefined ? {} : { from }),
});
const sum = (name: string, field: string): NoteMetric => ({ metric: `fairlead_${name}`, field });
const ms = (name: string, field: string): NoteMetric => ({
  metric: `fairlead_${name}`,
  field,
  scale: 0.001,
});

export const noteMetrics: Readonly<Record<string, readonly NoteMetric[]>> = {
  "session.finished": [
    count("requests_total"),
    sum("prompt_tokens_total", "promptTokens"),
    sum("cached_tokens_total", "cachedTokens"),
    sum("output_tokens_total", "outputTokens"),
    ms("time_to_first_token_seconds", "ttftMs"),
    ms("time_per_output_token_seconds", "tpotMs"),
    ms("request_duration_seconds", "e2eMs"),
    ms("queue_seconds", "queueMs"),
  ],
  "session.refused": [count("refusals_total")],
  "session.not-repeated": [count("refusals_total")],
  "edge.refused": [count("refusals_total")],
  "edge.fault": [count("edge_faults_total")],
  "session.attempt-lost": [count("attempts_lost_total")],
  "session.cancelled": [count("cancels_total")],
  "queue.admitted": [count("queue_admitted_total")],
  "router.granted": [count("grants_total"), ms("grant_wait_seconds", "waitedMs")],
  "router.passed-over": [count("passed_over_total", { reason: "why" })],
  "router.voided": [count("voids_total")],
  "router.preempting": [count("preemptions_total", { reason: "why" })],
  "router.gap-exceeded": [count("service_gap_exceeded_total")],
  "router.narrowed": [count("narrowings_total", { reason: "by" })],
  "router.worker-suspected": [count("workers_suspected_total")],
  "kv.refused": [count("kv_refusals_total")],
  "kv.extend-refused": [count("kv_refusals_total")],
  "kv.drift": [count("kv_drift_total")],
  "adapter.resident": [count("adapter_loads_total")],
  "adapter.evicted": [count("adapter_evictions_total")],
  "adapter.prefetched": [count("adapter_prefetches_total")],
  "adapter.thrash": [count("adapter_thrash_total")],
  "adapter.failed": [count("adapter_failures_total")],
  "adapter-intake.ready": [count("adapter_uploads_total")],
  "adapter-intake.flawed": [count("adapter_uploads_flawed_total")],
  "adapter-intake.failed": [count("adapter_uploads_failed_total")],
  "adapter-intake.trial-failed": [count("adapter_trials_failed_total")],
  "adapter-intake.trial-unavailable": [count("adapter_trials_unavailable_total")],
  "worker.started": [count("sequences_started_total")],
  "worker.gpu-time": [{ metric: "fairlead_gpu_seconds_total", field: "gpuUs", scale: 1e-6 }],
  "worker.gpu-work": [
    { metric: "fairlead_gpu_flops_total", field: "gflop", scale: 1e9 },
    { metric: "fairlead_gpu_memory_traffic_bytes_total", field: "megabytes", scale: 1e6 },
  ],
  "worker.gpu-tenant": [
    { metric: "fairlead_tenant_gpu_seconds_total", field: "gpuUs", scale: 1e-6 },
    { metric: "fairlead_tenant_gpu_flops_total", field: "gflop", scale: 1e9 },
    { metric: "fairlead_tenant_gpu_memory_traffic_bytes_total", field: "megabytes", scale: 1e6 },
  ],
  "gpu.xid": [count("gpu_xids_total")],
  "worker.engine-crashed": [count("engine_crashes_total")],
  "worker.engine-fault": [count("engine_faults_total", { reason: "fault" })],
  "worker.acquitted": [count("suspects_acquitted_total")],
  "router.worker-ejected": [count("workers_ejected_total")],
  "router.panic": [count("worker_panics_total")],
  "router.isolating": [count("isolations_total")],
  "gpu.not-conserved": [count("gpu_conservation_alarms_total")],
  "worker.gpu-time-drift": [count("gpu_time_drift_total")],
  "worker.preempted": [count("sequences_preempted_total")],
  "worker.refused": [count("starts_refused_total")],
  "worker.fenced": [count("starts_refused_total")],
  "dead-letters.kept": [count("dead_letters_total")],
  "dead-letters.lost": [count("dead_letters_lost_total")],
  "host.restarted": [count("actor_restarts_total")],
  "host.mailbox-full": [count("mailbox_full_total")],
  "owner.claimed": [count("claims_total")],
  "owner.lease-dropped": [count("leases_dropped_total")],
  "meter.recorded": [sum("usage_records_total", "records")],
  "meter.record-failed": [count("usage_batches_failed_total")],
  "meter.unanswered": [count("usage_batches_failed_total")],
  "outbox.synced": [sum("outbox_accounts_total", "entries"), ms("outbox_sync_seconds", "tookMs")],
  "outbox.disk-failed": [count("outbox_disk_failures_total")],
  "outbox.closed": [count("outbox_closings_total")],
  "outbox.left-over": [sum("outbox_left_over_total", "entries")],
  "meter.settled-usage-lost": [count("usage_records_lost_total")],
};

/** Every note of this form is counted too, whoever says it. */
const dropped: readonly NoteMetric[] = [count("messages_dropped_total")];
const isDrop = (event: string): boolean => event.endsWith(".dropped") || event.endsWith(".stale");

export type NoteCounter = (note: NoteRecord) => void;

const movesOf: ReadonlyMap<string, readonly NoteMetric[]> = new Map(Object.entries(noteMetrics));

/** What one event does to the metrics, looked up once. Undefined: nothing. */
export function noteCounterFor(
  event: string,
  store: MetricStore,
  values: LabelValues,
): NoteCounter | undefined {
  const moves = [...(movesOf.get(event) ?? []), ...(isDrop(event) ? dropped : [])];
  if (moves.length === 0) return undefined;
  const counters = moves.map((move) => counterOf(move, store, values));
  const [only] = counters;
  if (counters.length === 1) return only;
  return (note) => {
    for (const counter of counters) counter(note);
  };
}

function counterOf(move: NoteMetric, store: MetricStore, values: LabelValues): NoteCounter {
  const series = store.metric(move.metric);
  const { labels, type } = series.metric;
  const { field, scale = 1, from = {} } = move;
  const isHistogram = type === "histogram";
  const labelsOf = (note: NoteRecord): readonly string[] =>
    labels.map((label) => values.bounded(label, valueOf(label, note, from[label])));
  return (note) => {
    const given = field === undefined ? 1 : note.fields[field];
    if (typeof given !== "number" || !(given >= 0)) return;
    if (isHistogram) series.observe(labelsOf(note), given * scale);
    else series.add(labelsOf(note), given * scale);
  };
}

function valueOf(label: LabelName, { actor, fields }: NoteRecord, field: string = label): string {
  const value = fields[field];
  if (typeof value === "string") return value;
  return (label === "actor" ? kindOf(actor) : addressed(actor, label)) ?? "";
}

const addressedKinds: Readonly<Partial<Record<LabelName, readonly string[]>>> = {
  tenant: ["tenant-queue"],
  pool: ["router", "kv-accountant"],
  worker: ["worker", "engine"],
};

/** `router/<pool>` says its pool. */
function addressed(actor: Address, label: LabelName): string | undefined {
  const kind = kindOf(actor);
  return addressedKinds[label]?.includes(kind) === true ? actor.slice(kind.length + 1) : undefined;
}
