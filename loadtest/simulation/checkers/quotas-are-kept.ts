// No tenant is given more of a window than its hard quotas, whoever owns its queue and however often that changes, and a window
// that was left is not entered again. An owner has nothing free that it did not take, and tells each alert once. Judged by the bills
// at the end, window by window: what crossed the boundary by its split; which window a prompt is of that came within a few seconds
// of the boundary is its owner's secret, so it is left out, as is the output of whom nobody saw to the end.

import type { Checker, Outcome, Report } from "#loadtest/simulation/checker.ts";
import type { LedgerRow } from "#loadtest/simulation/ledger-device.ts";
import { windowsEndAtEpochMs } from "#loadtest/simulation/seed-calendar.ts";
import type { TenantQueue } from "#services/tenant-queue/tenant-queue.ts";
import type { Effect } from "#shared/actor/actor.ts";
import type { ToTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { Amounts, Quota } from "#shared/model/quota.ts";
import {
  amountsOf,
  limitCounted,
  nothingUsed,
  plus,
  quotaName,
  quotaPeriods,
} from "#shared/model/quota.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import { quotaAlertsIn } from "./quota-alerts-in.ts";

export const quotasAreKept: Checker = {
  name: "quotas-are-kept",
  watch(report) {
    const newest = new Map<string, string>();
    const told = new Set<string>();
    return {
      kinds: ["tenant-queue"],
      observer: {
        received(_process, _self, { state, arrival, effects }) {
          const queue = state as TenantQueue;
          if (queue.tenure === undefined || queue.quota.windows.size === 0) return;
          const message = arrival.message as ToTenantQueue;
          if (message.kind === "escrow-exchanged") judgeWindows(report, queue, newest);
          judgeFree(report, queue);
          judgeAlerts(report, { queue, effects, told });
        },
      },
      judge(outcome) {
        // A clock that jumped has its own boundary.
        if (outcome.plan.faults.some(({ kind }) => kind === "clock-step")) return;
        for (const { policy } of outcome.fleet.tenants) judgeBills(report, policy, outcome);
      },
    };
  },
};

function judgeWindows(report: Report, queue: TenantQueue, newest: Map<string, string>): void {
  const policy = queue.tenure?.policy;
  for (const period of quotaPeriods) {
    const standing = queue.quota.windows.get(period);
    if (policy === undefined || standing === undefined) continue;
    const { window, taken } = standing;
    const key = `${policy.tenant} ${period}`;
    if (window < (newest.get(key) ?? "")) report(`${key}: back to ${window}`);
    else newest.set(key, window);
    for (const quota of hardOf(policy).filter((each) => each.period === period)) {
      const most = taken[quota.metric];
      if (most > limitCounted(quota)) report(`${key}: ${most} taken of ${quotaName(quota)}`);
    }
  }
}

function judgeFree(report: Report, { tenure, quota: { windows } }: TenantQueue): void {
  if (tenure === undefined) return;
  for (const { period, metric } of hardOf(tenure.policy)) {
    const free = windows.get(period)?.free[metric] ?? 0;
    if (free < 0) report(`${tenure.policy.tenant}: ${-free} ${metric} spent and not taken`);
  }
}

interface Telling {
  readonly queue: TenantQueue;
  readonly effects: readonly Effect[];
  /** By owner: who told what. */
  readonly told: Set<string>;
}

/** Once by each owner; who keeps the alerts keeps each once. */
function judgeAlerts(report: Report, { queue: { tenure }, effects, told }: Telling): void {
  for (const alert of quotaAlertsIn(effects)) {
    const key = `${tenure?.shardEpoch} ${alert}`;
    if (told.has(key)) report(`an owner told twice: ${alert}`);
    told.add(key);
  }
}

const hardOf = ({ quotas = [] }: TenantPolicy): readonly Quota[] =>
  quotas.filter(({ mode }) => mode === "hard");

function judgeBills(report: Report, policy: TenantPolicy, outcome: Outcome): void {
  const hard = hardOf(policy);
  if (hard.length === 0) return;
  const used = [nothingUsed, nothingUsed] as [Amounts, Amounts];
  for (const row of outcome.ledger.values()) {
    if (row.entry.record.tenant !== policy.tenant) continue;
    const [before, after] = usedInWindows(row, outcome);
    used[0] = plus(used[0], before);
    used[1] = plus(used[1], after);
  }
  for (const quota of hard) {
    used.forEach((amounts, index) => {
      const most = amounts[quota.metric];
      if (most <= limitCounted(quota)) return;
      const where = index === 0 ? "before" : "after";
      report(`${policy.tenant}: ${most} billed of ${quotaName(quota)} ${quota.limit}, ${where}`);
    });
  }
}

/** An owner may hear of the new window that late. */
const unsureMs = 5_000;

/** At least that, of the window before the boundary and the one after it. */
function usedInWindows({ entry }: LedgerRow, outcome: Outcome): readonly [Amounts, Amounts] {
  const { requestId, arrivedAtEpochMs, promptTokens, outputTokens, ...split } = entry.record;
  const sinceBoundaryMs = arrivedAtEpochMs - windowsEndAtEpochMs;
  const isSure = Math.abs(sinceBoundaryMs) > unsureMs && outputTokens > 0;
  const asked = isSure
    ? { requests: 1, promptTokens, outputTokens: 0 }
    : { requests: 0, promptTokens: 0, outputTokens: 0 };
  if (sinceBoundaryMs >= 0) {
    return [nothingUsed, amountsOf({ ...asked, outputTokens })];
  }
  if (split.splitAtEpochMs > 0) {
    const { outputTokensBefore } = split;
    const rest = { requests: 0, promptTokens: 0, outputTokens: outputTokens - outputTokensBefore };
    return [amountsOf({ ...asked, outputTokens: outputTokensBefore }), amountsOf(rest)];
  }
  // Its edge died: the worker that billed it knows of no boundary.
  const isWitnessed = outcome.histories.get(requestId)?.isBillLost === true;
  return [amountsOf({ ...asked, outputTokens: isWitnessed ? 0 : outputTokens }), nothingUsed];
}
