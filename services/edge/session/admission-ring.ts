// How much one tenant was admitted here in each of the last 60 seconds: from these a new owner of its queue
// rebuilds the rate windows. At most one entry a second, so its size is bounded by the window.

// A second as old as the window may still hold admissions younger than it: seconds are told by their number only.
const windowS = 60;

export interface AdmissionRing {
  /** Oldest first. */
  readonly seconds: Admissions[];
}

interface Admissions {
  /** Whole seconds of the host's monotonic clock. */
  readonly second: number;
  requests: number;
  tokens: number;
}

export const startAdmissionRing = (): AdmissionRing => ({ seconds: [] });

export function recordAdmission(ring: AdmissionRing, tokens: number, nowMs: number): void {
  const second = Math.floor(nowMs / 1000);
  const newest = ring.seconds.at(-1);
  if (newest?.second === second) {
    newest.requests++;
    newest.tokens += tokens;
    return;
  }
  ring.seconds.push({ second, requests: 1, tokens });
  forgetOld(ring, second);
}

/** `[secondsAgo, requests, tokens]`, oldest first. */
export function recentAdmissions(
  ring: AdmissionRing,
  nowMs: number,
): readonly (readonly [number, number, number])[] {
  const now = Math.floor(nowMs / 1000);
  forgetOld(ring, now);
  return ring.seconds.map(({ second, requests, tokens }) => [now - second, requests, tokens]);
}

export const isEmptyRing = (ring: AdmissionRing, nowMs: number): boolean => {
  forgetOld(ring, Math.floor(nowMs / 1000));
  return ring.seconds.length === 0;
};

function forgetOld({ seconds }: AdmissionRing, now: number): void {
  const fresh = seconds.findIndex(({ second }) => now - second <= windowS);
  seconds.splice(0, fresh < 0 ? seconds.length : fresh);
}
