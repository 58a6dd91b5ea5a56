// Waits for what other processes and servers have to do first, and says what is missing when it takes too long.

const lookEveryMs = 10;

/** Resolves when nothing is missing; rejects, naming what is, after `patienceMs`. */
export async function untilNothingMissing(
  missing: () => readonly string[],
  patienceMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const left = missing();
    if (left.length === 0) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`not ready after ${patienceMs / 1000} s: ${left.join("; ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
