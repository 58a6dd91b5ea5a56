// Attempts that shall never start here (again): voided, cancelled, ended or given up. A start of one of them, or of
// an earlier one of the same request, is refused. Kept for a minute, longest for the newest, and bounded.

import { AgedMap } from "#shared/actor/aged-map.ts";
import type { RequestId } from "#shared/model/ids.ts";

const rememberedMs = 60_000;
const rememberedMax = 65_536;

export interface VoidedAttempts {
  /** Highest such attempt by request, oldest entry first. */
  readonly byRequest: AgedMap<RequestId, { readonly attempt: number; readonly atMs: number }>;
}

export const noVoidedAttempts = (): VoidedAttempts => ({ byRequest: new AgedMap() });

export function rememberAttempt(
  { byRequest }: VoidedAttempts,
  { requestId, attempt }: { readonly requestId: RequestId; readonly attempt: number },
  nowMs: number,
): void {
  const highest = Math.max(attempt, byRequest.get(requestId)?.attempt ?? 0);
  byRequest.set(requestId, { attempt: highest, atMs: nowMs });
  forgetAttempts({ byRequest }, nowMs);
}

/** Why it must not start, if it must not. */
export function refusedAttempt(
  { byRequest }: VoidedAttempts,
  requestId: RequestId,
  attempt: number,
): "voided" | "stale-attempt" | undefined {
  const highest = byRequest.get(requestId)?.attempt ?? 0;
  if (attempt > highest) return undefined;
  return attempt === highest ? "voided" : "stale-attempt";
}

export function forgetAttempts({ byRequest }: VoidedAttempts, nowMs: number): void {
  for (let oldest = byRequest.oldest(); oldest !== undefined; oldest = byRequest.oldest()) {
    const [requestId, { atMs }] = oldest;
    if (nowMs - atMs < rememberedMs && byRequest.size <= rememberedMax) return;
    byRequest.delete(requestId);
  }
}
