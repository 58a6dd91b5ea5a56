// Waits for what other processes and servers have to do first, and says what is missing when it takes too long.

const lookEveryMs = 10;

/** Told once, so that nobody watches a silent process. */
const tellAfterMs = 2_000;

/** Resolves when nothing is missing; rejects, naming what is, after `patienceMs`. */
export async function untilNothingMissing(
  missing: () => readonly string[],
  patienceMs: number,
  onWaiting?: (left: readonly string[]) => void,
): Promise<void> {
  const startedAtMs = performance.now();
  const deadlineMs = startedAtMs + patienceMs;
  let isTold = false;
  for (;;) {
    const left = missing();
    if (left.length === 0) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`not ready after ${patienceMs / 1000} s: ${left.join("; ")}`);
    }
    if (!isTold && performance.now() > startedAtMs + tellAfterMs) {
      isTold = true;
      onWaiting?.(left);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
