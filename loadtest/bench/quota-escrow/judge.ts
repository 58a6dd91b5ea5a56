// Whether a quota was kept: by what clients were given, by what was billed, and by what is gone of it for good.

import type { Receipt } from "#loadtest/bench/billing-accuracy/client.ts";
import { promptTokens } from "./clients.ts";

export interface QuotaEvidence {
  readonly receipts: readonly Receipt[];
  readonly limit: number;
  readonly billed: number;
  /** In the store, at rest. */
  readonly taken: number;
  readonly kills: { readonly owner: number; readonly etcd: number };
  /** The most that an owner has free. */
  readonly slice: number;
  readonly seconds: number;
}

export interface QuotaFigures {
  readonly limit: number;
  readonly delivered: number;
  readonly billed: number;
  readonly overrun_tokens: number;
  readonly kills: number;
  readonly forfeited_tokens: number;
  readonly taken: number;
  readonly slice_tokens: number;
  readonly etcd_kills: number;
  readonly requests: number;
  readonly given: number;
  readonly refused_for_quota: number;
  readonly failed: number;
  readonly seconds: number;
}

const quotaCode = "insufficient_quota";

export function judge(evidence: QuotaEvidence): QuotaFigures {
  const { receipts, limit, billed, taken, kills, slice, seconds } = evidence;
  const given = receipts.filter(({ received }) => received > 0);
  const delivered = given.reduce((sum, { received }) => sum + promptTokens + received, 0);
  const forQuota = receipts.filter(({ code }) => code === quotaCode);
  const failed = receipts.filter(
    ({ end, code }) => (end === "failed" || end === "refused") && code !== quotaCode,
  );
  return {
    limit,
    delivered,
    billed,
    overrun_tokens: Math.max(0, delivered - limit, billed - limit),
    kills: kills.owner,
    forfeited_tokens: Math.max(0, taken - billed),
    taken,
    slice_tokens: slice,
    etcd_kills: kills.etcd,
    requests: receipts.length,
    given: given.length,
    refused_for_quota: forQuota.length,
    failed: failed.length,
    seconds,
  };
}
