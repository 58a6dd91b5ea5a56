// The largest value of the last five to ten minutes, in two generations: O(1), and what was once is forgotten.

const generationMs = 300_000;

export class Peak {
  #younger = 0;
  #elder = 0;
  #beganMs = 0;

  get value(): number {
    return Math.max(this.#younger, this.#elder);
  }

  raise(value: number): void {
    if (value > this.#younger) this.#younger = value;
  }

  /** Ages it. */
  turn(nowMs: number): void {
    if (nowMs - this.#beganMs < generationMs) return;
    this.#elder = this.#younger;
    this.#younger = 0;
    this.#beganMs = nowMs;
  }
}
