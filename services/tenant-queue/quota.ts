// The tenant's token quota, as its one owner spends it: slices taken from the durable escrow before they are spent,
// reserved for each request at its worst case, given back for what did not run. Laws: what requests hold and what is
// free was taken; tokens of a window that is over are never spent in the next; without an answer nothing is spent.

import { arm } from "#shared/actor/actor.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { TokenQuota } from "#shared/model/tenant-policy.ts";
import type { QuotaAccount, QuotaWindows, TakenTokens } from "./quota-account.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

/** A slice is so much of the smallest window: the most that is free, so the most of it that a crash forfeits. */
const slicePercent = 2;
const repeatAfterMs = 1000;
/** What is free goes back when nothing has been held for so long. */
const idleMs = 5000;

export function sliceTokens(quota: TokenQuota): number {
  const { dailyTokens = Infinity, monthlyTokens = Infinity } = quota;
  return Math.max(1, Math.floor((Math.min(dailyTokens, monthlyTokens) * slicePercent) / 100));
}

/** The windows that stand now; what was free in a day that is over is free no more. */
export function standingWindows({ quota }: TenantQueue, nowMs: number): QuotaWindows | undefined {
  const { windows } = quota;
  if (windows === undefined || windows.dayEndsAtMs > nowMs) return windows;
  leaveWindows(quota, windows);
  return undefined;
}

function leaveWindows(quota: QuotaAccount, { day, month }: QuotaWindows): void {
  keepStale(quota, { tokens: quota.freeTokens, day, month });
  quota.freeTokens = 0;
  quota.windows = undefined;
}

/** Of two days that are over, only the first that left something: the other's is forfeited. */
function keepStale(quota: QuotaAccount, { tokens, day, month }: TakenTokens): void {
  const { stale } = quota;
  if (tokens === 0) return;
  if (stale === undefined) quota.stale = { tokens, day, month };
  else if (stale.day === day) quota.stale = { ...stale, tokens: stale.tokens + tokens };
}

/** What the store had left at the last exchange, by the policy of now. Undefined: not known. */
export function leftInStore(queue: TenantQueue, nowMs: number): number | undefined {
  const { quota } = tenureOf(queue).policy;
  const windows = standingWindows(queue, nowMs);
  if (windows === undefined || quota === undefined) return undefined;
  const { dailyTokens = Infinity, monthlyTokens = Infinity, mode } = quota;
  if (mode === "soft") return Infinity;
  const { dayTokens, monthTokens } = windows;
  return Math.max(0, Math.min(dailyTokens - dayTokens, monthlyTokens - monthTokens));
}

/** For a request, or undefined: there is not so much. */
export function takeFree(
  { quota }: TenantQueue,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  if (quota.freeTokens < least) return undefined;
  const taken = Math.min(most, quota.freeTokens);
  quota.freeTokens -= taken;
  return taken;
}

/** What a request held and did not use, if the windows it was taken in still stand. */
export function giveFreeBack(queue: TenantQueue, held: TakenTokens, turn: Turn): void {
  const windows = standingWindows(queue, turn.nowMs);
  if (windows?.day === held.day) queue.quota.freeTokens += held.tokens;
  else keepStale(queue.quota, held);
  tend(queue, turn);
}

/** Nobody has more free than a slice; an idle owner has nothing. */
export function tend(queue: TenantQueue, turn: Turn): void {
  const { quota, reservations } = queue;
  const terms = tenureOf(queue).policy.quota;
  if (quota.open !== undefined || terms === undefined || quota.kept.size > 0) return;
  const slice = sliceTokens(terms);
  if (quota.freeTokens + (quota.stale?.tokens ?? 0) > slice) {
    const back = Math.max(0, quota.freeTokens - Math.floor(slice / 2));
    exchange(queue, { want: 0, back }, turn);
  } else if (reservations.size === 0 && hasAnything(quota)) {
    armEscrow(turn.nowMs + idleMs, turn);
  }
}

const hasAnything = ({ freeTokens, stale }: QuotaAccount): boolean =>
  freeTokens > 0 || stale !== undefined;

const armEscrow = (atMs: number, { effects }: Turn): void => {
  effects.push(arm("escrow", atMs, { kind: "timer-fired", name: "escrow" }));
};

export function hearEscrowTimer(queue: TenantQueue, turn: Turn): void {
  const { quota, reservations } = queue;
  if (quota.open !== undefined) return ask(queue, quota.open, turn);
  standingWindows(queue, turn.nowMs);
  if (reservations.size > 0 || !hasAnything(quota)) return;
  exchange(queue, { want: 0, back: quota.freeTokens }, turn);
}

/** For everything that waits for it, and half a slice ahead. */
export function askForMore(queue: TenantQueue, turn: Turn): void {
  const { quota } = queue;
  const terms = tenureOf(queue).policy.quota;
  if (quota.open !== undefined || terms === undefined) return;
  let want = Math.floor(sliceTokens(terms) / 2) - quota.freeTokens;
  for (const { tokens } of quota.kept.values()) want += tokens;
  exchange(queue, { want: Math.max(1, want), back: 0 }, turn);
}

function exchange(
  queue: TenantQueue,
  { want, back }: { readonly want: number; readonly back: number },
  turn: Turn,
): void {
  const { quota } = queue;
  const { policy, shard, shardEpoch } = tenureOf(queue);
  const { dailyTokens, monthlyTokens, mode = "hard" } = policy.quota ?? {};
  // Larger than any of an earlier life of this queue under the same epoch: the host's clock has gone on.
  quota.seq = Math.max(quota.seq + 1, Math.floor(turn.nowMs));
  // What an earlier day left goes first; the rest stays free until then.
  const given = quota.stale ?? {
    tokens: back,
    day: quota.windows?.day ?? "",
    month: quota.windows?.month ?? "",
  };
  if (quota.stale === undefined) quota.freeTokens -= back;
  quota.stale = undefined;
  quota.open = {
    kind: "exchange-escrow",
    tenant: policy.tenant,
    shard,
    shardEpoch,
    seq: quota.seq,
    want,
    back: given.tokens,
    day: given.day,
    month: given.month,
    ...(dailyTokens === undefined ? {} : { dailyTokens }),
    ...(monthlyTokens === undefined ? {} : { monthlyTokens }),
    isSoft: mode === "soft",
  };
  ask(queue, quota.open, turn);
}

function ask(queue: TenantQueue, question: ExchangeEscrow, turn: Turn): void {
  turn.effects.push(toCoordination(tenureOf(queue).coordination, question));
  armEscrow(turn.nowMs + repeatAfterMs, turn);
}

/** Takes the answer in. False: it is not the answer that is waited for. */
export function takeExchanged(queue: TenantQueue, answer: EscrowExchanged, nowMs: number): boolean {
  const { quota } = queue;
  const { shardEpoch, seq, granted, day, month, dayTokens, monthTokens } = answer;
  if (quota.open?.seq !== seq || shardEpoch !== tenureOf(queue).shardEpoch) return false;
  quota.open = undefined;
  if (quota.windows !== undefined && quota.windows.day !== day) leaveWindows(quota, quota.windows);
  quota.freeTokens += granted;
  quota.windows = {
    day,
    month,
    dayTokens,
    monthTokens,
    dayEndsAtMs: nowMs + answer.dayEndsInMs,
    monthEndsAtMs: nowMs + answer.monthEndsInMs,
  };
  return true;
}
