// The tenant's quotas, as its one owner spends them: slices taken from the durable escrow before they are spent, held
// for each request at its worst case, given back for what did not run. Laws: of what a hard quota limits, requests hold
// only what was taken; what was taken in a window that is over is never spent in the next; without an answer nothing is spent.

import { arm } from "#shared/actor/actor.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import type { EscrowReturn, EscrowWant, ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { Amounts, Quota, QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import {
  isNothing,
  limitCounted,
  mapAmounts,
  nothingUsed,
  quotaMetrics,
  quotaPeriods,
} from "#shared/model/quota.ts";
import type { QuotaAccount, QuotaWindow } from "./quota-account.ts";
import { sliceOf } from "./quota-slice.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

const repeatAfterMs = 1000;
/** What is free goes back when nothing has been held for so long. */
const idleMs = 5000;

export const quotasOf = ({ tenure }: TenantQueue): readonly Quota[] => tenure?.policy.quotas ?? [];

/** What no request may make exceed. */
export function hardLimit(
  quotas: readonly Quota[],
  period: QuotaPeriod,
  metric: QuotaMetric,
): number | undefined {
  const hard = quotas.find(
    (quota) => quota.mode === "hard" && quota.period === period && quota.metric === metric,
  );
  return hard === undefined ? undefined : limitCounted(hard);
}

/** The windows that stand now; what was free in one that is over is free no more. */
export function standingWindows({ quota }: TenantQueue, nowMs: number): QuotaAccount["windows"] {
  for (const [period, standing] of quota.windows) {
    if (standing.endsAtMs <= nowMs) leaveWindow(quota, period, standing);
  }
  return quota.windows;
}

export const areAllStanding = (windows: QuotaAccount["windows"]): boolean =>
  windows.size === quotaPeriods.length;

function leaveWindow(
  quota: QuotaAccount,
  period: QuotaPeriod,
  { window, free }: QuotaWindow,
): void {
  quota.windows.delete(period);
  keepLate(quota, { period, window }, free);
}

type WindowName = Pick<EscrowReturn, "period" | "window">;

/** Of two windows that are over, only the later's: the store knows no earlier one any more. */
function keepLate(quota: QuotaAccount, { period, window }: WindowName, amounts: Amounts): void {
  const kept = quota.late.find((each) => each.period === period);
  if (isNothing(amounts) || (kept !== undefined && kept.window > window)) return;
  const isSame = kept?.window === window;
  const before = (metric: QuotaMetric): number =>
    isSame ? amountIn(quota.late, { period, window }, metric) : 0;
  const returns = returnsOf(
    { period, window },
    mapAmounts((each) => amounts[each] + before(each)),
  );
  quota.late = [...quota.late.filter((each) => each.period !== period), ...returns];
}

const returnsOf = ({ period, window }: WindowName, amounts: Amounts): EscrowReturn[] =>
  quotaMetrics
    .filter((metric) => amounts[metric] !== 0)
    .map((metric) => ({ period, window, metric, amount: amounts[metric] }));

const amountIn = (
  returns: readonly EscrowReturn[],
  { period, window }: WindowName,
  metric: QuotaMetric,
): number =>
  returns.find((each) => each.period === period && each.window === window && each.metric === metric)
    ?.amount ?? 0;

/** Taken and not free: used, or held for requests that are not over. What is on its way back is neither. */
export function usedOrHeld(
  { quota }: TenantQueue,
  period: QuotaPeriod,
  metric: QuotaMetric,
): number {
  const standing = quota.windows.get(period);
  if (standing === undefined) return 0;
  const { window, taken, free } = standing;
  const onItsWay = amountIn(quota.open?.returns ?? [], { period, window }, metric);
  return Math.max(0, taken[metric] - free[metric] - onItsWay);
}

/** What the store had left at the last exchange, by the policy of now. */
export function leftInStore(queue: TenantQueue, quota: Quota): number {
  const taken = queue.quota.windows.get(quota.period)?.taken ?? nothingUsed;
  return Math.max(0, limitCounted(quota) - taken[quota.metric]);
}

export function takeFree({ quota }: TenantQueue, period: QuotaPeriod, amounts: Amounts): void {
  addFree(
    quota.windows.get(period),
    mapAmounts((metric) => -amounts[metric]),
  );
}

function addFree(standing: QuotaWindow | undefined, amounts: Amounts): void {
  if (standing === undefined) return;
  for (const metric of quotaMetrics) standing.free[metric] += amounts[metric];
}

/** What a request held and did not use; negative where it used what nobody could foresee. */
export function giveFreeBack(
  queue: TenantQueue,
  { period, window }: WindowName,
  { amounts, nowMs }: { readonly amounts: Amounts; readonly nowMs: number },
): void {
  const standing = standingWindows(queue, nowMs).get(period);
  if (standing?.window === window) addFree(standing, amounts);
  else keepLate(queue.quota, { period, window }, amounts);
}

/** Nobody has more free than a slice, or used more than one that was not taken; an idle owner has neither. */
export function tend(queue: TenantQueue, turn: Turn): void {
  const { quota, reservations } = queue;
  if (quota.open !== undefined || quotasOf(queue).length === 0 || quota.kept.size > 0) return;
  if (isOutOfBalance(queue)) exchange(queue, { keepsAhead: true }, turn);
  else if (reservations.size === 0 && hasAnything(quota)) armEscrow(turn.nowMs + idleMs, turn);
}

function isOutOfBalance(queue: TenantQueue): boolean {
  const { windows, late } = queue.quota;
  const quotas = quotasOf(queue);
  return quotaPeriods.some((period) =>
    quotaMetrics.some((metric) => {
      const free = windows.get(period)?.free[metric] ?? 0;
      const limit = hardLimit(quotas, period, metric);
      const returning = late.find((each) => each.period === period && each.metric === metric);
      const total = Math.abs(free) + Math.abs(returning?.amount ?? 0);
      // What a quota that has become hard is owed is told at once.
      return total > sliceOf(quotas, period, metric) || (limit !== undefined && free < 0);
    }),
  );
}

const hasAnything = ({ windows, late }: QuotaAccount): boolean =>
  late.length > 0 || [...windows.values()].some(({ free }) => !isNothing(free));

const armEscrow = (atMs: number, { effects }: Turn): void => {
  effects.push(arm("escrow", atMs, { kind: "timer-fired", name: "escrow" }));
};

export function hearEscrowTimer(queue: TenantQueue, turn: Turn): void {
  const { quota, reservations } = queue;
  if (quota.open !== undefined) return ask(queue, quota.open, turn);
  standingWindows(queue, turn.nowMs);
  if (reservations.size > 0 || !hasAnything(quota)) return;
  exchange(queue, { keepsAhead: false }, turn);
}

/** For everything that waits for it, and half a slice ahead. */
export function askForMore(queue: TenantQueue, turn: Turn): void {
  if (queue.quota.open !== undefined) return;
  exchange(queue, { keepsAhead: true }, turn);
}

function exchange(
  queue: TenantQueue,
  { keepsAhead }: { readonly keepsAhead: boolean },
  turn: Turn,
): void {
  const { quota } = queue;
  const { policy, shard, shardEpoch } = tenureOf(queue);
  // Larger than any of an earlier life of this queue under the same epoch: the host's clock has gone on.
  quota.seq = Math.max(quota.seq + 1, Math.floor(turn.nowMs));
  const returns = [...quota.late];
  quota.late = [];
  for (const period of quotaPeriods) returns.push(...giveBackIn(queue, period, keepsAhead));
  quota.open = {
    kind: "exchange-escrow",
    tenant: policy.tenant,
    shard,
    shardEpoch,
    seq: quota.seq,
    returns,
    wants: quota.kept.size === 0 ? [] : wantsOf(queue),
  };
  ask(queue, quota.open, turn);
}

/** All that is owed, and of what is free whatever is more than a slice. */
function giveBackIn(queue: TenantQueue, period: QuotaPeriod, keepsAhead: boolean): EscrowReturn[] {
  const standing = queue.quota.windows.get(period);
  if (standing === undefined) return [];
  const { window, free } = standing;
  const amounts = mapAmounts((metric) => {
    const slice = sliceOf(quotasOf(queue), period, metric);
    if (free[metric] < 0 || !keepsAhead) return free[metric];
    return free[metric] > slice ? free[metric] - Math.floor(slice / 2) : 0;
  });
  addFree(
    standing,
    mapAmounts((metric) => -amounts[metric]),
  );
  return returnsOf({ period, window }, amounts);
}

function wantsOf(queue: TenantQueue): EscrowWant[] {
  const { windows, kept } = queue.quota;
  const quotas = quotasOf(queue);
  return quotaPeriods.flatMap((period) =>
    quotaMetrics.flatMap((metric) => {
      let amount = Math.floor(sliceOf(quotas, period, metric) / 2);
      amount -= windows.get(period)?.free[metric] ?? 0;
      for (const { wants } of kept.values()) amount += wants.get(period)?.[metric] ?? 0;
      // What nobody limits is counted as it is used.
      const limit = hardLimit(quotas, period, metric);
      return amount <= 0 || limit === undefined ? [] : [{ period, metric, amount, limit }];
    }),
  );
}

function ask(queue: TenantQueue, question: ExchangeEscrow, turn: Turn): void {
  turn.effects.push(toCoordination(tenureOf(queue).coordination, question));
  armEscrow(turn.nowMs + repeatAfterMs, turn);
}

/** Takes the answer in. False: it is not the answer that is waited for. */
export function takeExchanged(queue: TenantQueue, answer: EscrowExchanged, nowMs: number): boolean {
  const { quota } = queue;
  const { shardEpoch, seq, windows } = answer;
  if (quota.open?.seq !== seq || shardEpoch !== tenureOf(queue).shardEpoch) return false;
  quota.open = undefined;
  for (const { period, window, taken, granted, endsInMs, endsAtEpochMs, endsAt } of windows) {
    const standing = quota.windows.get(period);
    const isSame = standing?.window === window;
    if (standing !== undefined && !isSame) leaveWindow(quota, period, standing);
    const free = isSame ? standing.free : { ...nothingUsed };
    for (const metric of quotaMetrics) free[metric] += granted[metric];
    quota.windows.set(period, {
      window,
      taken,
      free,
      endsAtMs: nowMs + endsInMs,
      endsAtEpochMs,
      endsAt,
    });
  }
  return true;
}
