// The slots of one llama.cpp engine, which its driver alone hands out. Law: what a slot holds is reused by the namespace
// that put it there and by no other, though the engine itself would give it to anyone with the same words.

import type { Token } from "#shared/model/tokenizer.ts";

export interface Slot {
  readonly id: number;
  /** Whose tokens it holds; undefined: nobody's. */
  namespace: string | undefined;
  /** As far as is known. */
  held: readonly Token[];
  isBusy: boolean;
  /** Grows with each use. */
  lastUse: number;
}

export interface SlotWish {
  readonly namespace: string;
  readonly ids: readonly Token[];
}

export class Slots {
  readonly #slots: readonly Slot[];
  #uses = 0;
  #waiting: (() => void)[] = [];

  constructor(ids: readonly number[]) {
    this.#slots = ids.map((id) => ({
      id,
      namespace: undefined,
      held: [],
      isBusy: false,
      lastUse: 0,
    }));
  }

  /** The free slot that has most of it already; else the one that was not used for longest. */
  take(wish: SlotWish): Slot | undefined {
    let best: Slot | undefined;
    let bestTokens = -1;
    for (const slot of this.#slots) {
      if (slot.isBusy) continue;
      const tokens = reusableTokens(slot, wish);
      const isOlder = best === undefined || slot.lastUse < best.lastUse;
      if (tokens > bestTokens || (tokens === bestTokens && isOlder)) {
        best = slot;
        bestTokens = tokens;
      }
    }
    if (best === undefined) return undefined;
    best.isBusy = true;
    best.lastUse = ++this.#uses;
    return best;
  }

  /** Nothing runs in it any more. */
  free(slot: Slot): void {
    slot.isBusy = false;
    this.#waiting.shift()?.();
  }

  /** One that is being freed is awaited in order of arrival, until that is given up: then nobody's turn is spent on it. */
  whenFree(givenUp: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== resolve);
        resolve();
      };
      givenUp.addEventListener("abort", leave, { once: true });
    });
  }
}

/** Leading tokens of the prompt that the slot holds for it. The last is computed again: from it the next one follows. */
export function reusableTokens({ namespace, held }: Slot, wish: SlotWish): number {
  if (namespace !== wish.namespace) return 0;
  const most = Math.min(held.length, wish.ids.length - 1);
  let tokens = 0;
  while (tokens < most && held[tokens] === wish.ids[tokens]) tokens++;
  return tokens;
}
