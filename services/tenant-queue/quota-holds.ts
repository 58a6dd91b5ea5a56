// What one request holds in each window of its tenant's quotas, and what of it was not used. A request that goes on into a
// next window leaves the old one with what was delivered by then, and holds in the new one what is still to come.

import type { OutputAllowance, WindowHold } from "#shared/model/output-allowance.ts";
import type { Amounts, QuotaPeriod } from "#shared/model/quota.ts";
import { amountsOf, quotaPeriods } from "#shared/model/quota.ts";
import { giveFreeBack, tend } from "./quota.ts";
import type { QuotaAccount } from "./quota-account.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";

/** What is needed of one window, for so much output in all. */
export interface Need {
  readonly period: QuotaPeriod;
  /** Output up to here is held already, or was an earlier window's. */
  readonly fromOutputTokens: number;
  readonly promptTokens: number;
  readonly requests: number;
}

export const amountsNeeded = (need: Need, outputTokens: number): Amounts =>
  amountsOf({
    requests: need.requests,
    promptTokens: need.promptTokens,
    outputTokens: outputTokens - need.fromOutputTokens,
  });

/** Of a new request. */
export const firstNeeds = (promptTokens: number): readonly Need[] =>
  quotaPeriods.map((period) => ({ period, fromOutputTokens: 0, promptTokens, requests: 1 }));

export function firstHolds(windows: QuotaAccount["windows"]): WindowHold[] {
  return [...windows].map(([period, { window }]) => ({
    period,
    window,
    fromOutputTokens: 0,
    isFirst: true,
  }));
}

const isOpen = ({ toOutputTokens }: WindowHold): boolean => toOutputTokens === undefined;

/** Of a request that is allowed so much, and goes on where so much was delivered. */
export function furtherNeeds(
  { holds, outputTokens }: OutputAllowance,
  windows: QuotaAccount["windows"],
  deliveredTokens: number,
): readonly Need[] {
  return quotaPeriods.map((period) => {
    const open = holds.find((hold) => hold.period === period && isOpen(hold));
    const isStanding = open?.window === windows.get(period)?.window;
    const fromOutputTokens = isStanding ? outputTokens : deliveredTokens;
    return { period, fromOutputTokens, promptTokens: 0, requests: 0 };
  });
}

/** Leaves what is over and enters what stands. What of a left window is sure to be unused is free there. */
export function crossInto(
  queue: TenantQueue,
  { holds, outputTokens }: OutputAllowance,
  at: { readonly deliveredTokens: number; readonly nowMs: number },
): readonly WindowHold[] {
  const { windows } = queue.quota;
  const crossed: WindowHold[] = [];
  for (const hold of holds) {
    const window = windows.get(hold.period)?.window ?? hold.window;
    if (!isOpen(hold) || hold.window === window) {
      crossed.push(hold);
      continue;
    }
    const toOutputTokens = Math.max(hold.fromOutputTokens, at.deliveredTokens);
    const unused = outputTokens - toOutputTokens;
    giveFreeBack(queue, hold, {
      amounts: amountsOf({ requests: 0, promptTokens: 0, outputTokens: unused }),
      nowMs: at.nowMs,
    });
    // Of one that came and went while it ran nothing can come back any more.
    if (hold.isFirst) crossed.push({ ...hold, toOutputTokens });
    const { period } = hold;
    crossed.push({ period, window, fromOutputTokens: at.deliveredTokens, isFirst: false });
  }
  return crossed;
}

/** Gives output back that is allowed beyond so much. */
export function shrinkTo(
  queue: TenantQueue,
  { holds, outputTokens }: OutputAllowance,
  { to, nowMs }: { readonly to: number; readonly nowMs: number },
): void {
  for (const hold of holds.filter(isOpen)) {
    const unused = outputTokens - Math.max(to, hold.fromOutputTokens);
    if (unused <= 0) continue;
    const amounts = amountsOf({ requests: 0, promptTokens: 0, outputTokens: unused });
    giveFreeBack(queue, hold, { amounts, nowMs });
  }
}

export interface Used {
  readonly promptTokens: number;
  readonly hasRun: boolean;
  /** Of the request, all attempts together. */
  readonly outputTokens: number;
  readonly gpuUs: number;
}

/** The request is over: what it held and did not use is free, in whichever windows it held it. */
export function giveHoldsBack(
  queue: TenantQueue,
  allowance: OutputAllowance,
  { used, turn }: { readonly used: Used; readonly turn: Turn },
): void {
  for (const hold of allowance.holds) {
    giveFreeBack(queue, hold, { amounts: leftOver(hold, allowance, used), nowMs: turn.nowMs });
  }
  tend(queue, turn);
}

export function leftOver(hold: WindowHold, allowance: OutputAllowance, used: Used): Amounts {
  const { fromOutputTokens, toOutputTokens = allowance.outputTokens, isFirst } = hold;
  const heldOutput = Math.max(0, toOutputTokens - fromOutputTokens);
  const usedOutput = Math.min(heldOutput, Math.max(0, used.outputTokens - fromOutputTokens));
  const isUnused = isFirst && !used.hasRun;
  const left = amountsOf({
    requests: isUnused ? 1 : 0,
    promptTokens: isUnused ? used.promptTokens : 0,
    outputTokens: heldOutput - usedOutput,
  });
  // All its time is the window's that it arrived in.
  const gpuMs = isFirst ? Math.ceil(used.gpuUs / 1000) : 0;
  return gpuMs === 0 ? left : { ...left, "gpu-seconds": -gpuMs };
}
