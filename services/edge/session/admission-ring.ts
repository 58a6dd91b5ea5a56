// How much one tenant was admitted here in the last minute, in steps of a quarter second: from these a new owner of
// its queue rebuilds the rate windows. At most one entry a step, so its size is bounded by the window.

const stepMs = 250;
const windowMs = 60_000;

export interface AdmissionRing {
  /** Oldest first. */
  readonly steps: Admissions[];
}

interface Admissions {
  /** When the step ends, on the host's monotonic clock: everything in it was admitted before. */
  readonly endsAtMs: number;
  requests: number;
  tokens: number;
}

export const startAdmissionRing = (): AdmissionRing => ({ steps: [] });

export function recordAdmission(ring: AdmissionRing, tokens: number, nowMs: number): void {
  const endsAtMs = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  const newest = ring.steps.at(-1);
  if (newest?.endsAtMs === endsAtMs) {
    newest.requests++;
    newest.tokens += tokens;
    return;
  }
  ring.steps.push({ endsAtMs, requests: 1, tokens });
  forgetOld(ring, nowMs);
}

/** As `edge-holds` tells them, oldest first. */
export function recentAdmissions(
  ring: AdmissionRing,
  nowMs: number,
): readonly (readonly [number, number, number])[] {
  forgetOld(ring, nowMs);
  return ring.steps.map(({ endsAtMs, requests, tokens }) => [
    1 + Math.floor(nowMs - endsAtMs) / 1000,
    requests,
    tokens,
  ]);
}

export const isEmptyRing = (ring: AdmissionRing, nowMs: number): boolean => {
  forgetOld(ring, nowMs);
  return ring.steps.length === 0;
};

/** A step counts until all of it is older than the window. */
function forgetOld({ steps }: AdmissionRing, nowMs: number): void {
  const fresh = steps.findIndex(({ endsAtMs }) => nowMs - endsAtMs < windowMs);
  steps.splice(0, fresh < 0 ? steps.length : fresh);
}
