// One timer of the event loop for a heap of deadlines. The loop's timers fire on whole milliseconds; a deadline
// that was near when it was set (an engine step) is met by polling the loop for the last half millisecond, a
// far one (a beat) may be up to a millisecond late: polling costs CPU. Measured at one wake each 7 ms: median
// lateness 0.04 ms and 1.4 % of a core with the poll, 0.6 ms without.

const nearMs = 50;
const pollWithinMs = 0.5;
/** Longer delays overflow the loop's timers. */
const delayMaxMs = 2 ** 30;

export class WakeTimer {
  readonly #nowMs: () => number;
  readonly #wake: () => void;
  #atMs = Infinity;
  #isNear = false;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(nowMs: () => number, wake: () => void) {
    this.#nowMs = nowMs;
    this.#wake = wake;
  }

  /** Wake at `atMs` unless something earlier is set. A wake with nothing due is harmless: set again. */
  setEarliest(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.clear();
    this.#atMs = atMs;
    const delayMs = atMs - this.#nowMs();
    this.#isNear = delayMs <= nearMs;
    this.#wait(delayMs);
  }

  clear(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#atMs = Infinity;
  }

  #wait(delayMs: number): void {
    if (delayMs <= (this.#isNear ? pollWithinMs : 0)) {
      this.#immediate = setImmediate(this.#elapsed);
      return;
    }
    const wholeMs = this.#isNear ? Math.floor(delayMs) : Math.ceil(delayMs);
    this.#timeout = setTimeout(this.#elapsed, Math.min(Math.max(1, wholeMs), delayMaxMs));
  }

  readonly #elapsed = (): void => {
    const delayMs = this.#atMs - this.#nowMs();
    if (delayMs > 0) {
      this.#wait(delayMs);
      return;
    }
    this.#atMs = Infinity;
    this.#wake();
  };
}
