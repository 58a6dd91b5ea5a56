// Which blocks of prompts this server has computed lately, so that the cost of a prefill is known when it is over and not
// only when the whole output is: servers tell what they found in their cache with the last event. An upper bound of what
// they find, for they forget sooner: what is charged by it is never too much, and the last event adds the rest.

import type { Run } from "#shared/messages/to-engine.ts";
import { appendPrompt, startChain } from "#services/worker/engine/block-hash.ts";

export class PrefixMemory {
  readonly #blocksMax: number;
  readonly #blockTokens: number;
  /** The least recently used first. */
  readonly #known = new Set<string>();

  constructor(blocksMax: number, blockTokens: number) {
    this.#blocksMax = blocksMax;
    this.#blockTokens = blockTokens;
  }

  /** Tokens of its prompt that may be found, the last of all never. From here on its blocks are known. */
  recall({ namespace, promptBytes, promptTokens }: Run): number {
    const chain = startChain(namespace, this.#blockTokens);
    appendPrompt(chain, promptBytes);
    const most = Math.floor((promptTokens - 1) / this.#blockTokens);
    let found = 0;
    let isChained = true;
    for (const [index, name] of chain.names.entries()) {
      const key = `${namespace}/${name}`;
      isChained &&= this.#known.delete(key);
      if (isChained && index < most) found++;
      this.#known.delete(key);
      this.#known.add(key);
    }
    this.#forget();
    return found * this.#blockTokens;
  }

  #forget(): void {
    for (const key of this.#known) {
      if (this.#known.size <= this.#blocksMax) return;
      this.#known.delete(key);
    }
  }
}
