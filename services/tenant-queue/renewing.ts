// A window of a quota ends while a request runs: what was delivered by then is the old window's, and what is still to come is
// funded in the new one before it is delivered. Where there is not enough, the request is allowed less than its worker may
// put out; where there is nothing, its next attempt is refused.

import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import { fundUpTo, heldIn } from "./funding.ts";
import { crossInto, shrinkTo } from "./quota-holds.ts";
import { quotasOf, standingWindows } from "./quota.ts";
import type { Reservation } from "./reservation.ts";
import type { TenantQueue, Turn } from "./tenant-queue.ts";

/** False: it is answered later; or asked for too early by this host's clock, and is asked for again. */
export function isRenewed(
  queue: TenantQueue,
  reservation: Reservation,
  { submit, turn }: { readonly submit: Submit; readonly turn: Turn },
): boolean {
  const { allowance, attempt, deliveredTokens, outputTokensMax } = reservation;
  const { renewsAtEpochMs } = submit;
  if (renewsAtEpochMs === undefined || submit.attempt !== attempt) return true;
  if (allowance === undefined || isBeyond(allowance, renewsAtEpochMs)) return true;
  if (!hasEndedHere(queue, renewsAtEpochMs, turn.nowMs)) return false;
  // All that its client has, whichever session gave it.
  const asked = { ...submit, deliveredTokens };
  const most = Math.min(outputTokensMax, Math.max(allowance.outputTokens, deliveredTokens));
  const funding = fundUpTo(queue, allowance, { submit: asked, turn, most });
  if (funding.kind === "later") return false;
  reservation.allowance =
    funding.kind === "funded"
      ? funding.allowance
      : nothingMore(queue, allowance, { deliveredTokens, nowMs: turn.nowMs });
  return true;
}

const isBeyond = ({ renewAtEpochMs = Infinity }: OutputAllowance, epochMs: number): boolean =>
  renewAtEpochMs > epochMs;

/** Its edge's clock may be ahead of this host's. */
function hasEndedHere(queue: TenantQueue, epochMs: number, nowMs: number): boolean {
  const windows = standingWindows(queue, nowMs);
  return quotasOf(queue).every(
    ({ period }) => (windows.get(period)?.endsAtEpochMs ?? Infinity) > epochMs,
  );
}

/** At its end, which is now, its session asks for the next attempt, and hears why there is none. */
function nothingMore(
  queue: TenantQueue,
  allowance: OutputAllowance,
  { deliveredTokens, nowMs }: { readonly deliveredTokens: number; readonly nowMs: number },
): OutputAllowance {
  shrinkTo(queue, allowance, { to: deliveredTokens, nowMs });
  const shrunk = { ...allowance, outputTokens: deliveredTokens };
  const holds = crossInto(queue, shrunk, { deliveredTokens, nowMs });
  return { outputTokens: deliveredTokens, atEnd: "ask", ...heldIn(queue, holds) };
}
