// What a request may use of the tenant's quotas: funded before it is admitted, again when it has spent what it was
// allowed or a window ends, and refused when there is no more. Nothing runs on what is not in hand.

import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { OutputAllowance, WindowHold } from "#shared/model/output-allowance.ts";
import type { Amounts, Quota } from "#shared/model/quota.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import {
  areAllStanding,
  askForMore,
  leftInStore,
  quotasOf,
  standingWindows,
  takeFree,
} from "./quota.ts";
import { tellRefusedBy } from "./quota-alerts.ts";
import type { Need } from "./quota-holds.ts";
import { amountsNeeded, crossInto, firstHolds, firstNeeds, furtherNeeds } from "./quota-holds.ts";
import { quotaRefusal } from "./quota-refusal.ts";
import { isBeyondSoft, softOutputTokensMax } from "./quota-standing.ts";
import type { Reservation } from "./reservation.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";

/** A first or further piece of output is at least this long, or all that is missing. */
const outputLeastTokens = 32;
/** Of submits that wait for an exchange; a session beyond it asks again. */
const keptMax = 512;

export type Funding =
  /** `allowance` absent: the tenant has no quota. */
  | { readonly kind: "funded"; readonly allowance: OutputAllowance | undefined }
  /** Answered once the escrow has. */
  | { readonly kind: "later" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function fund(queue: TenantQueue, submit: Submit, turn: Turn): Funding {
  if (quotasOf(queue).length === 0) return { kind: "funded", allowance: undefined };
  const most = mostBeyondSoft(queue, submit.outputTokensMax);
  return take(queue, {
    submit,
    turn,
    needs: () => firstNeeds(submit.promptTokens),
    least: Math.min(most, outputLeastTokens),
    most,
    allow: (outputTokens) => ({
      outputTokens,
      atEnd: endOf(outputTokens, submit.outputTokensMax, most),
      ...heldIn(queue, firstHolds(queue.quota.windows)),
    }),
  });
}

/** Beyond a soft quota a request is allowed less than it asks for. */
const mostBeyondSoft = (queue: TenantQueue, outputTokensMax: number): number =>
  isBeyondSoft(queue) ? Math.min(outputTokensMax, softOutputTokensMax) : outputTokensMax;

/** Only what a soft quota allows is all that there is; where a hard one has less for now, its session asks for the rest. */
const endOf = (outputTokens: number, asked: number, most: number): OutputAllowance["atEnd"] =>
  most < asked && outputTokens >= most ? "complete" : "ask";

/** Undefined: its next attempt needs no more than it is allowed already. */
export function fundFurther(
  queue: TenantQueue,
  { allowance, outputTokensMax }: Reservation,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): Funding | undefined {
  if (allowance?.atEnd !== "ask" || submit.deliveredTokens < allowance.outputTokens) {
    return undefined;
  }
  if (outputTokensMax <= allowance.outputTokens) return undefined;
  // What it has had stays its own.
  const isShort = allowance.outputTokens < softOutputTokensMax;
  const most = isShort ? mostBeyondSoft(queue, outputTokensMax) : outputTokensMax;
  const atEnd = most < outputTokensMax ? "complete" : "ask";
  return fundUpTo(queue, { ...allowance, atEnd }, { submit, turn, most });
}

/** The output that is still to come, up to so much in all: in the windows that stand now. */
export function fundUpTo(
  queue: TenantQueue,
  allowance: OutputAllowance,
  { submit, turn, most }: { readonly submit: Submit; readonly turn: Turn; readonly most: number },
): Funding {
  const { deliveredTokens } = submit;
  const { holds } = allowance;
  if (quotasOf(queue).length === 0) {
    // The quotas are gone: nothing holds it back.
    return { kind: "funded", allowance: { outputTokens: most, atEnd: "complete", holds } };
  }
  return take(queue, {
    submit,
    turn,
    needs: () => furtherNeeds(allowance, queue.quota.windows, deliveredTokens),
    least: Math.min(most, deliveredTokens + outputLeastTokens),
    most,
    allow: (outputTokens) => {
      const entered = crossInto(queue, allowance, { deliveredTokens, nowMs: turn.nowMs });
      // In the next window it may be less.
      const atEnd = outputTokens < most ? "ask" : allowance.atEnd;
      return { outputTokens, atEnd, ...heldIn(queue, entered) };
    },
  });
}

/** It is renewed when the first window ends in which the tenant has a quota. */
export function heldIn(
  queue: TenantQueue,
  holds: readonly WindowHold[],
): Pick<OutputAllowance, "holds" | "renewAtEpochMs"> {
  const ends = quotasOf(queue).map(({ period }) => queue.quota.windows.get(period)?.endsAtEpochMs);
  const renewAtEpochMs = Math.min(...ends.filter((end) => end !== undefined));
  return Number.isFinite(renewAtEpochMs) ? { holds, renewAtEpochMs } : { holds };
}

interface Demand {
  readonly submit: Submit;
  readonly turn: Turn;
  readonly needs: () => readonly Need[];
  /** Output in all, what it has had before included. */
  readonly least: number;
  readonly most: number;
  readonly allow: (outputTokens: number) => OutputAllowance;
}

function take(queue: TenantQueue, demand: Demand): Funding {
  const { submit, turn, most, allow } = demand;
  const windows = standingWindows(queue, turn.nowMs);
  const needs = demand.needs();
  if (areAllStanding(windows)) {
    const verdict = judge(queue, needs, demand);
    if (verdict.kind === "taken") {
      const allowance = allow(verdict.outputTokens);
      for (const need of needs) {
        takeFree(queue, need.period, amountsNeeded(need, verdict.outputTokens));
      }
      return { kind: "funded", allowance };
    }
    // While some goes back to the store it may have more than it told.
    if (verdict.kind === "refused" && queue.quota.open === undefined) {
      tellRefusedBy(queue, verdict.by, turn);
      return { kind: "refused", refusal: quotaRefusal(queue, verdict.by) };
    }
  }
  const wants = new Map(needs.map((need) => [need.period, amountsNeeded(need, most)]));
  keep(queue, { submit, wants, turn });
  askForMore(queue, turn);
  return { kind: "later" };
}

type Verdict =
  | { readonly kind: "taken"; readonly outputTokens: number }
  | { readonly kind: "more" }
  | { readonly kind: "refused"; readonly by: Quota };

/** The whole of it, or what there is once the store has no more. */
function judge(queue: TenantQueue, needs: readonly Need[], { least, most }: Demand): Verdict {
  let outputTokens = most;
  let wantsMore = false;
  for (const quota of quotasOf(queue)) {
    if (quota.mode !== "hard") continue;
    const fits = outputThatFits(queue, needs, quota);
    if (fits >= most) continue;
    if (leftInStore(queue, quota) > 0) wantsMore = true;
    else if (fits < least) return { kind: "refused", by: quota };
    else outputTokens = Math.min(outputTokens, fits);
  }
  return wantsMore ? { kind: "more" } : { kind: "taken", outputTokens };
}

/** Output in all that is in hand under one quota; negative: not even what comes before it. */
function outputThatFits(queue: TenantQueue, needs: readonly Need[], quota: Quota): number {
  const { period, metric } = quota;
  const need = needs.find((each) => each.period === period);
  const free = queue.quota.windows.get(period)?.free[metric] ?? 0;
  if (need === undefined) return Infinity;
  const before: Amounts = amountsNeeded(need, need.fromOutputTokens);
  const spare = free - before[metric];
  if (spare < 0 && before[metric] > 0) return -1;
  const countsOutput = metric === "tokens" || metric === "output-tokens";
  // What is held already stays held, also where others have used too much.
  return countsOutput ? need.fromOutputTokens + Math.max(0, spare) : Infinity;
}

function keep(
  { quota }: TenantQueue,
  {
    submit,
    wants,
    turn,
  }: {
    readonly submit: Submit;
    readonly wants: ReadonlyMap<Quota["period"], Amounts>;
    readonly turn: Turn;
  },
): void {
  const { requestId } = submit;
  if (quota.kept.size >= keptMax && !quota.kept.has(requestId)) return;
  const kept = { session: turn.from, submit, arrivedAtMs: turn.nowMs };
  quota.kept.set(requestId, { kept, wants });
}
