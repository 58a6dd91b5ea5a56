// How much longer a tenant waits for first tokens than its prompts need: robust estimates in integers, each O(1) per
// request and of bounded size. A long prompt is not slow because it is long.

/** Microseconds that the quickest tenth of requests need. Falls quickly, rises slowly. */
export class QuickestTenth {
  #us = 0;

  get us(): number {
    return this.#us;
  }

  add(us: number): void {
    if (this.#us === 0) this.#us = us;
    else if (us < this.#us) this.#us -= Math.ceil((this.#us - us) / 4);
    else this.#us += Math.ceil(Math.min(us - this.#us, this.#us) / 128);
  }
}

/** Prompts from here on tell what a token takes; shorter ones cost a step, whatever their length. */
const tellingTokens = 256;
const stepUsMin = 5000;

/** What a first token takes in this pool when nothing is in its way, as the quickest show. */
export class FirstTokenTime {
  readonly #short = new QuickestTenth();
  readonly #perToken = new QuickestTenth();

  add(computedTokens: number, prefillUs: number): void {
    if (prefillUs <= 0) return;
    if (computedTokens < tellingTokens) this.#short.add(prefillUs);
    else this.#perToken.add(Math.ceil(prefillUs / computedTokens));
  }

  expectedUs(computedTokens: number): number {
    return Math.max(stepUsMin, this.#short.us, computedTokens * this.#perToken.us);
  }
}

export const slownessMax = 1_000_000;

/** Time to first token over what was to be expected, in thousandths. */
export const slownessOf = (ttftUs: number, expectedUs: number): number =>
  Math.min(slownessMax, Math.round((ttftUs * 1000) / expectedUs));

/** A running median: each value moves it by an eighth, however far away it is, so one outlier means nothing. */
export class RunningMedian {
  #value: number;
  samples = 0;

  constructor(first: number) {
    this.#value = first;
  }

  get value(): number {
    return this.#value;
  }

  add(value: number): void {
    this.samples += 1;
    const step = Math.max(1, this.#value >> 3);
    if (value > this.#value) this.#value = Math.min(value, this.#value + step);
    else if (value < this.#value) this.#value = Math.max(value, this.#value - step);
  }
}
