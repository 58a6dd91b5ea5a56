// The metrics of usage on its way to the ledger: what got there, what the outbox made durable, and whether its process may admit.

import type { Metric } from "./catalogue.ts";

const syncSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const metric = (
  name: string,
  type: Metric["type"],
  help: string,
  unit: Metric["unit"] = "1",
): Metric => ({ name: `fairlead_${name}`, type, unit, help, labels: [] });

export const usageMetrics: readonly Metric[] = [
  metric("usage_records_total", "counter", "Usage records that reached the ledger."),
  metric(
    "usage_batches_failed_total",
    "counter",
    "Batches that the ledger refused or left unanswered.",
  ),
  metric(
    "usage_records_lost_total",
    "counter",
    "Settled usage that was lost. Must stay 0: the log has what is needed to bill it.",
  ),
  metric("outbox_accounts_total", "counter", "Accounts of usage made durable in the outbox."),
  {
    ...metric(
      "outbox_sync_seconds",
      "histogram",
      "From the write of a group of accounts to its sync.",
      "seconds",
    ),
    buckets: syncSeconds,
  },
  metric("outbox_disk_failures_total", "counter", "Writes and syncs of the outbox that failed."),
  metric(
    "outbox_closings_total",
    "counter",
    "Times that nothing was admitted for want of a safe outbox.",
  ),
  metric(
    "outbox_left_over_total",
    "counter",
    "Accounts that an earlier life left in the outbox, brought to the ledger again.",
  ),
  metric(
    "outbox_bytes",
    "gauge",
    "Usage on this process's disk that the ledger is not known to have.",
    "bytes",
  ),
  metric("outbox_fill_ratio", "gauge", "Of the outbox's bounds, what is used.", "ratio"),
  metric("outbox_closed", "gauge", "1 while nothing is admitted, because usage could not be kept."),
  metric(
    "gpu_conservation_alarms_total",
    "counter",
    "Looks at which more than 0.1 % of GPU time, or of usage's part of it, did not add up.",
  ),
  {
    ...metric(
      "gpu_conservation_error_ratio",
      "gauge",
      "Of GPU time, what does not add up: lines against workers' clocks over 10 minutes, usage against requests over a day.",
      "ratio",
    ),
    labels: ["kind"],
  },
];
