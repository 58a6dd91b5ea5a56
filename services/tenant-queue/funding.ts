// What a request may use of the tenant's quota: funded before it is admitted, again when it has spent what it was
// allowed, and refused when there is no more. Nothing runs on tokens that are not in hand.

import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { askForMore, leftInStore, standingWindows, takeFree } from "./quota.ts";
import type { QuotaWindows } from "./quota-account.ts";
import { isBeyondSoft, softOutputTokensMax } from "./quota-standing.ts";
import type { Reservation } from "./reservation.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

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
  if (tenureOf(queue).policy.quota === undefined) return { kind: "funded", allowance: undefined };
  const { promptTokens } = submit;
  const isClamped = isBeyondSoft(queue) && submit.outputTokensMax > softOutputTokensMax;
  const outputTokens = isClamped ? softOutputTokensMax : submit.outputTokensMax;
  return take(queue, {
    submit,
    turn,
    least: promptTokens + Math.min(outputTokens, outputLeastTokens),
    most: promptTokens + outputTokens,
    allow: (tokens, { day, month }) => ({
      outputTokens: tokens - promptTokens,
      atEnd: isClamped ? "complete" : "ask",
      day,
      month,
    }),
  });
}

/** Undefined: its next attempt needs no more than it is allowed already. */
export function fundFurther(
  queue: TenantQueue,
  { allowance, outputTokensMax }: Reservation,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): Funding | undefined {
  if (allowance?.atEnd !== "ask" || submit.deliveredTokens < allowance.outputTokens) {
    return undefined;
  }
  const missing = outputTokensMax - allowance.outputTokens;
  if (missing <= 0) return undefined;
  if (tenureOf(queue).policy.quota === undefined) {
    // The quota is gone: nothing holds it back.
    const { day, month } = allowance;
    const all = { outputTokens: outputTokensMax, atEnd: "complete", day, month } as const;
    return { kind: "funded", allowance: all };
  }
  return take(queue, {
    submit,
    turn,
    least: Math.min(missing, outputLeastTokens),
    most: missing,
    // What it was allowed before is spent, so all that may be left over is of the windows that stand now.
    allow: (tokens, { day, month }) => ({
      outputTokens: allowance.outputTokens + tokens,
      atEnd: "ask",
      day,
      month,
    }),
  });
}

interface Demand {
  readonly submit: Submit;
  readonly turn: Turn;
  readonly least: number;
  readonly most: number;
  readonly allow: (tokens: number, windows: QuotaWindows) => OutputAllowance;
}

function take(queue: TenantQueue, { submit, turn, least, most, allow }: Demand): Funding {
  const windows = standingWindows(queue, turn.nowMs);
  const left = leftInStore(queue, turn.nowMs);
  if (windows !== undefined && left !== undefined) {
    // The whole of it, or what there is once the store has no more.
    const taken = takeFree(queue, { least: left > 0 ? most : least, most });
    if (taken !== undefined) return { kind: "funded", allowance: allow(taken, windows) };
    // While tokens go back to the store it may have more than it told.
    const isLastWord = left === 0 && queue.quota.open === undefined;
    if (isLastWord) return { kind: "refused", refusal: quotaRefusal(queue) };
  }
  keep(queue, { submit, tokens: most, turn });
  askForMore(queue, turn);
  return { kind: "later" };
}

function keep(
  { quota }: TenantQueue,
  {
    submit,
    tokens,
    turn,
  }: { readonly submit: Submit; readonly tokens: number; readonly turn: Turn },
): void {
  const { requestId } = submit;
  if (quota.kept.size >= keptMax && !quota.kept.has(requestId)) return;
  const kept = { session: turn.from, submit, arrivedAtMs: turn.nowMs };
  quota.kept.set(requestId, { kept, tokens });
}

function quotaRefusal(queue: TenantQueue): Refusal {
  const { dailyTokens, monthlyTokens } = tenureOf(queue).policy.quota ?? {};
  const { dayTokens = 0 } = queue.quota.windows ?? {};
  const isDaily = dailyTokens !== undefined && dayTokens >= dailyTokens;
  const limit = isDaily ? `daily quota of ${dailyTokens}` : `monthly quota of ${monthlyTokens}`;
  const end = isDaily ? "at midnight UTC" : "on the first of the month, UTC";
  return {
    code: "insufficient_quota",
    message: `The ${limit} tokens is used up, or held by requests that are not over yet. A new one begins ${end}.`,
  };
}
