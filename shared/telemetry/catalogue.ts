// Every metric there is: name, type, unit, what it means, and which labels it has. Labels take values from bounded
// sets only (`label-values.ts`): what is not known there is counted as `other`. No request id is ever a label.

import { usageMetrics } from "./usage-metrics.ts";

export type LabelName =
  | "tenant"
  | "model"
  | "pool"
  | "worker"
  | "outcome"
  | "code"
  | "reason"
  | "actor"
  | "kind"
  | "gpu"
  | "xid"
  | "process";

export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** `1` for a plain count. */
  readonly unit:
    | "1"
    | "seconds"
    | "tokens"
    | "blocks"
    | "microcost"
    | "flops"
    | "bytes"
    | "watts"
    | "ratio"
    | "flops per second"
    | "bytes per second";
  readonly help: string;
  readonly labels: readonly LabelName[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

const toFirstToken = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 30];
const perToken = [0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5];
const whole = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];
const waits = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const counter = (
  name: string,
  labels: readonly LabelName[],
  help: string,
  unit: Metric["unit"] = "1",
): Metric => ({ name: `fairlead_${name}`, type: "counter", unit, help, labels });

const seconds = (
  name: string,
  labels: readonly LabelName[],
  help: string,
  buckets: readonly number[],
): Metric => ({
  name: `fairlead_${name}`,
  type: "histogram",
  unit: "seconds",
  help,
  labels,
  buckets,
});

const gauge = (
  name: string,
  labels: readonly LabelName[],
  help: string,
  unit: Metric["unit"] = "1",
): Metric => ({ name: `fairlead_${name}`, type: "gauge", unit, help, labels });

/** Counted and measured from notes, as things happen. */
const requests: readonly Metric[] = [
  counter("requests_total", ["tenant", "model", "outcome"], "Requests that ended, by how."),
  counter(
    "refusals_total",
    ["tenant", "code"],
    "Requests turned away, by the edge or the tenant's queue.",
  ),
  counter("prompt_tokens_total", ["tenant", "model"], "Prompt tokens of ended requests.", "tokens"),
  counter(
    "cached_tokens_total",
    ["tenant", "model"],
    "Prompt tokens found in the prefix cache.",
    "tokens",
  ),
  counter("output_tokens_total", ["tenant", "model"], "Output tokens delivered.", "tokens"),
  seconds(
    "time_to_first_token_seconds",
    ["tenant", "model"],
    "From arrival to the first output token.",
    toFirstToken,
  ),
  seconds(
    "time_per_output_token_seconds",
    ["tenant", "model"],
    "Between output tokens after the first, per request.",
    perToken,
  ),
  seconds("request_duration_seconds", ["tenant", "model"], "From arrival to the end.", whole),
  seconds("queue_seconds", ["tenant", "model"], "From arrival to the start on a worker.", waits),
  counter(
    "attempts_lost_total",
    ["tenant", "reason"],
    "Attempts that ended before their request did, and were made again.",
  ),
  counter(
    "dead_letters_total",
    ["tenant", "reason"],
    "Accepted requests that failed for good, by why; kept for operators.",
  ),
  counter(
    "dead_letters_lost_total",
    ["tenant"],
    "Dead letters that could not be kept before there were too many, or their process ended.",
  ),
  counter("cancels_total", ["tenant"], "Requests whose client went away."),
];

const scheduling: readonly Metric[] = [
  counter("queue_admitted_total", ["tenant"], "Requests that a tenant's queue took in."),
  counter("grants_total", ["pool", "tenant"], "Places given to requests."),
  seconds("grant_wait_seconds", ["pool"], "From the offer to the grant, at the router.", waits),
  counter(
    "passed_over_total",
    ["pool", "reason"],
    "Times the next in line could not be placed, by why it waits.",
  ),
  counter(
    "preemptions_total",
    ["pool", "reason"],
    "Running requests told to give way to others, by why.",
  ),
  counter("voids_total", ["pool", "reason"], "Grants that did not become running sequences."),
  counter(
    "service_gap_exceeded_total",
    ["pool"],
    "Times a pool's service gap was found beyond its bound: a bug of ours.",
  ),
  counter(
    "narrowings_total",
    ["pool", "reason"],
    "Times a tenant was kept to some of the pool's workers, by detection or by the operator.",
  ),
  counter("workers_suspected_total", ["pool"], "Times a worker was silent for too long."),
  counter(
    "kv_refusals_total",
    ["pool", "reason"],
    "Block reservations and extensions refused, by why: for lack of blocks, or for the tenant's budget.",
  ),
  counter("kv_drift_total", ["pool"], "Times a worker's report of blocks differed from the books."),
  counter("adapter_loads_total", [], "Adapters loaded into a GPU slot."),
  counter("adapter_evictions_total", [], "Adapters evicted from a GPU slot."),
  counter("adapter_prefetches_total", [], "Adapter loads begun before a request was placed."),
  counter("adapter_thrash_total", [], "Times a worker's adapter slots began to thrash."),
  counter("adapter_failures_total", ["reason"], "Adapter loads that failed."),
  counter("adapter_uploads_total", ["tenant"], "Adapters that tenants brought, now ready."),
  counter(
    "adapter_uploads_flawed_total",
    ["tenant"],
    "Files that tenants brought and that are no adapter for their base model; the log says what is wrong.",
  ),
  counter(
    "adapter_uploads_failed_total",
    ["tenant"],
    "Uploads that failed on our side, most likely for the object store.",
  ),
  counter("adapter_trials_failed_total", ["tenant"], "Uploads that a trial rejected."),
  counter("adapter_trials_unavailable_total", ["tenant"], "Uploads that nothing could try."),
  counter("sequences_started_total", ["worker"], "Sequences started on a worker."),
  counter(
    "sequences_preempted_total",
    ["worker"],
    "Sequences whose blocks were taken back to be recomputed.",
  ),
  counter(
    "gpu_seconds_total",
    ["worker", "kind"],
    "GPU time by where it went: paid by requests, load, overhead, idle. Together, wall × GPUs.",
    "seconds",
  ),
  counter(
    "gpu_time_drift_total",
    ["worker"],
    "Times an engine's GPU time did not add up to wall × GPUs.",
  ),
  counter(
    "gpu_flops_total",
    ["worker"],
    "Floating-point operations of the model's arithmetic, by its shape and not by a hardware counter.",
    "flops",
  ),
  counter(
    "gpu_memory_traffic_bytes_total",
    ["worker"],
    "Weights and KV that steps read and wrote, by the model's shape. Of engines whose steps are known.",
    "bytes",
  ),
  counter(
    "tenant_gpu_seconds_total",
    ["pool", "tenant"],
    "GPU time paid by the tenant's requests; over tenants, the requests' part of gpu_seconds_total.",
    "seconds",
  ),
  counter(
    "tenant_gpu_flops_total",
    ["pool", "tenant"],
    "The tenant's part of gpu_flops_total.",
    "flops",
  ),
  counter(
    "tenant_gpu_memory_traffic_bytes_total",
    ["pool", "tenant"],
    "The tenant's part of gpu_memory_traffic_bytes_total; weights are read for all, by step cost.",
    "bytes",
  ),
  counter(
    "gpu_xids_total",
    ["worker", "xid"],
    "XID errors that the kernel log told of a worker's GPUs, where it can be read.",
  ),
  counter(
    "workers_ejected_total",
    ["pool"],
    "Times a worker's breaker opened after engine crashes.",
  ),
  counter(
    "worker_panics_total",
    ["pool"],
    "Times a worker should have been ejected and stayed in: too many were, or it was the last.",
  ),
  counter("engine_crashes_total", ["worker"], "Engines that died with everything in flight."),
  counter(
    "engine_faults_total",
    ["worker", "reason"],
    "Engines found silent (hung) or slow, sequences whose logits were no numbers (nan), GPUs that failed (ecc, gpu-lost, gpu-reset, xid).",
  ),
  counter(
    "isolations_total",
    ["pool"],
    "Workers held for one request that had been in flight at two engine crashes.",
  ),
  counter(
    "suspects_acquitted_total",
    ["worker"],
    "Such requests that passed, alone, where engines had died.",
  ),
  counter("starts_refused_total", ["worker", "reason"], "Starts that a worker turned away."),
];

const house: readonly Metric[] = [
  counter("actor_restarts_total", ["actor"], "Actors restarted after a bug."),
  counter("messages_dropped_total", ["actor"], "Messages dropped as stale, unknown or misshapen."),
  counter("mailbox_full_total", ["actor"], "Messages that a full mailbox turned away."),
  counter("edge_faults_total", [], "Calls that ended in a fault of the edge itself."),
  counter("claims_total", [], "Shards and pools claimed."),
  counter("leases_dropped_total", [], "Leases lost or given up by this process."),
  counter("stories_evicted_total", [], "Request stories forgotten to make room."),
];

/** Read from the living system when asked. */
const standing: readonly Metric[] = [
  gauge("fleet_version", [], "Version of the desired state."),
  gauge("tenant_waiting_requests", ["tenant"], "Admitted requests without a place."),
  gauge("tenant_running_requests", ["tenant"], "Requests granted or running."),
  gauge("tenant_tokens_remaining", ["tenant"], "Left of the tenant's tokens per minute.", "tokens"),
  gauge("pool_waiting_offers", ["pool"], "Offers at the pool's router."),
  gauge("pool_running_requests", ["pool"], "Places given out by the pool's router."),
  gauge("pool_epoch", ["pool"], "Epoch of the pool's owner."),
  gauge(
    "pool_virtual_time_microcost",
    ["pool"],
    "Virtual time: service per unit of weight.",
    "microcost",
  ),
  gauge(
    "service_gap",
    ["pool"],
    "Largest difference in executed service per weight between two backlogged tenants; absent while there are not two.",
    "microcost",
  ),
  gauge("service_gap_bound", ["pool"], "What the service gap stays within.", "microcost"),
  gauge(
    "jain_index",
    ["pool"],
    "Jain's index over service per weight of backlogged tenants in the last ten seconds, 0 to 1.",
  ),
  gauge("pool_narrowed_tenants", ["pool"], "Tenants kept to some of the pool's workers now."),
  gauge("pool_ejected_workers", ["pool"], "Workers whose breaker is open or half-open."),
  gauge("worker_running_sequences", ["worker"], "Sequences in the engine."),
  gauge("worker_sequences_max", ["worker"], "Sequences that the engine can run at once."),
  gauge("worker_free_blocks", ["worker"], "KV blocks free or evictable.", "blocks"),
  gauge("worker_blocks", ["worker"], "KV blocks in all.", "blocks"),
  gauge(
    "kv_tenant_held_blocks",
    ["pool", "tenant"],
    "KV blocks booked for the tenant over the pool's workers.",
    "blocks",
  ),
  gauge(
    "kv_tenant_guaranteed_blocks",
    ["pool", "tenant"],
    "KV blocks that the tenant is guaranteed in the pool.",
    "blocks",
  ),
  gauge(
    "kv_tenant_on_loan_blocks",
    ["pool", "tenant"],
    "KV blocks held above the guarantee: others may ask them back.",
    "blocks",
  ),
  gauge("kv_booked_blocks", ["worker"], "KV blocks booked by the pool's accountant.", "blocks"),
  gauge("kv_bookable_blocks", ["worker"], "KV blocks that can still be booked.", "blocks"),
  gauge(
    "kv_overcommitted_blocks",
    ["worker"],
    "KV blocks booked beyond the engine's total, because its sequences share them.",
    "blocks",
  ),
  gauge("worker_resident_adapters", ["worker"], "Adapters in GPU slots."),
  gauge("worker_cordoned", ["worker"], "1 while the worker takes no new work."),
  gauge("usage_pending_records", [], "Usage that the ledger does not have yet."),
  gauge(
    "process_answering",
    ["process"],
    "Of the fleet: 1 for a process that answered the registry, 0 for one that did not in time.",
  ),
];

/** What GPUs say of themselves, and what was achieved on them between the last two words of their engine. */
const gpus: readonly Metric[] = [
  gauge("gpu_busy_ratio", ["worker", "gpu"], "Of the time lately, in which a kernel ran.", "ratio"),
  gauge(
    "gpu_memory_used_bytes",
    ["worker", "gpu"],
    "Allocated on the GPU; of a simulated one: weights, and KV that running sequences hold.",
    "bytes",
  ),
  gauge("gpu_memory_bytes", ["worker", "gpu"], "Memory of the GPU.", "bytes"),
  gauge("gpu_power_watts", ["worker", "gpu"], "Drawn by the GPU's board. Not modelled.", "watts"),
  gauge("gpu_power_limit_watts", ["worker", "gpu"], "What the board may draw.", "watts"),
  gauge(
    "gpu_ecc_uncorrected_errors",
    ["worker", "gpu"],
    "Memory errors beyond correction since the driver was loaded or the GPU reset.",
  ),
  gauge(
    "worker_mfu_ratio",
    ["worker"],
    "Model FLOP/s over the GPUs' peak, idle time included.",
    "ratio",
  ),
  gauge(
    "worker_mbu_ratio",
    ["worker"],
    "Bytes/s of weights and KV over the GPUs' peak, idle time included.",
    "ratio",
  ),
  gauge(
    "worker_peak_flops_per_second",
    ["worker"],
    "What the worker's GPUs could compute at most, dense.",
    "flops per second",
  ),
  gauge(
    "worker_peak_bytes_per_second",
    ["worker"],
    "What the memory of the worker's GPUs could move at most.",
    "bytes per second",
  ),
];

export const catalogue: readonly Metric[] = [
  ...requests,
  ...scheduling,
  ...house,
  ...standing,
  ...gpus,
  ...usageMetrics,
];

/** The table in README.md. */
export function catalogueTable(): string {
  const rows = catalogue.map(
    ({ name, type, unit, labels, help }) =>
      `| \`${name}\` | ${type} | ${unit} | ${labels.map((label) => `\`${label}\``).join(" ")} | ${help} |`,
  );
  return [
    "| metric | type | unit | labels | means |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
