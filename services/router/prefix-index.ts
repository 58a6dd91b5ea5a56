// How much of a prompt each worker probably holds in its prefix cache: a guess from what was placed and computed
// there. Laws: nothing is found from another namespace; a life that is over holds nothing; what a worker must have
// evicted since is not counted; bounded in two generations, of which the elder is forgotten whole.

import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import { prefixRungTokens } from "#shared/model/prefix-ladder.ts";

/** One life of a worker, as far as its cache is concerned. */
export interface PrefixHolder {
  /** Tokens whose KV it has computed in all: what fills a cache and in time turns it over. */
  readonly filledTokens: number;
  /** Prefixes in a row that it was believed to hold and did not. */
  readonly prefixMisses: number;
}

/** The worker probably holds the first `tokens` of the prompt. */
export interface PrefixHit<Holder extends PrefixHolder> {
  readonly holder: Holder;
  tokens: number;
}

interface Copy<Holder> {
  readonly holder: Holder;
  /** Evicted by the time its holder has filled so much. */
  untilTokens: number;
}

interface Entry<Holder> {
  readonly namespace: number;
  /** Most recently used last. */
  readonly copies: Copy<Holder>[];
}

const noHits: readonly never[] = [];

/** So many misses in a row: it has no prefix cache, and is believed nothing until it finds something. */
const missesMax = 8;

/** Workers remembered per prefix: one that everybody begins with is on most workers anyhow. */
const copiesMax = 8;

export class PrefixIndex<Holder extends PrefixHolder> {
  readonly #generationMax: number;
  #younger: Map<number, Entry<Holder>> = new Map();
  #elder: Map<number, Entry<Holder>> = new Map();

  constructor(generationMax: number) {
    this.#generationMax = generationMax;
  }

  /** O(keys that are known × workers that hold them): what nobody holds ends the search. */
  hitsOf(keys: PrefixKeys): readonly PrefixHit<Holder>[] {
    let hits: PrefixHit<Holder>[] | undefined;
    const rungs = rungsOf(keys);
    for (let rung = 1; rung <= rungs; rung++) {
      const entry = this.#find(keys, rung);
      if (entry === undefined || !deepen((hits ??= []), entry, tokensAt(rung))) break;
    }
    return hits ?? noHits;
  }

  /** It holds the first `tokens` of the prompt, or soon will, until it has filled `untilTokens`. */
  remember(
    keys: PrefixKeys,
    holder: Holder,
    { tokens, untilTokens }: { readonly tokens: number; readonly untilTokens: number },
  ): void {
    const rungs = rungsOf(keys);
    for (let rung = 1; rung <= rungs && tokensAt(rung) <= tokens; rung++) {
      const key = keys[rung] ?? 0;
      const copy = { holder, untilTokens };
      const entry = this.#find(keys, rung);
      if (entry === undefined) this.#keep(key, { namespace: keys[0] ?? 0, copies: [copy] });
      else {
        putLast(entry.copies, copy);
        if (this.#younger.get(key) !== entry) this.#keep(key, entry);
      }
    }
  }

  /** It turned out not to hold what is beyond the first `tokens`. */
  forget(keys: PrefixKeys, holder: Holder, tokens: number): void {
    for (let rung = rungsOf(keys); rung > 0 && tokensAt(rung) > tokens; rung--) {
      const entry = this.#find(keys, rung);
      const at = entry?.copies.findIndex((copy) => copy.holder === holder) ?? -1;
      if (at >= 0) entry?.copies.splice(at, 1);
    }
  }

  /** The worker's life is over and its cache with it. */
  forgetHolder(holder: Holder): void {
    for (const generation of [this.#younger, this.#elder]) {
      for (const [key, { copies }] of generation) {
        const at = copies.findIndex((copy) => copy.holder === holder);
        if (at >= 0) copies.splice(at, 1);
        if (copies.length === 0) generation.delete(key);
      }
    }
  }

  /** Prefixes known at the moment. */
  get size(): number {
    return this.#younger.size + this.#elder.size;
  }

  // Equal keys of two namespaces are a coincidence, or an attempt: to each other they are unknown.
  #find(keys: PrefixKeys, rung: number): Entry<Holder> | undefined {
    const key = keys[rung] ?? 0;
    const entry = this.#younger.get(key) ?? this.#elder.get(key);
    return entry?.namespace === keys[0] ? entry : undefined;
  }

  #keep(key: number, entry: Entry<Holder>): void {
    if (this.#younger.size >= this.#generationMax && !this.#younger.has(key)) {
      this.#elder = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, entry);
    this.#elder.delete(key);
  }
}

function putLast<Holder>(copies: Copy<Holder>[], copy: Copy<Holder>): void {
  const last = copies.at(-1);
  if (last?.holder === copy.holder) {
    last.untilTokens = copy.untilTokens;
    return;
  }
  const at = copies.findIndex(({ holder }) => holder === copy.holder);
  if (at >= 0) copies.splice(at, 1);
  else if (copies.length >= copiesMax) copies.shift();
  copies.push(copy);
}

/** False: nobody holds so much. */
function deepen<Holder extends PrefixHolder>(
  hits: PrefixHit<Holder>[],
  { copies }: Entry<Holder>,
  tokens: number,
): boolean {
  let isHeld = false;
  for (const { holder, untilTokens } of copies) {
    if (holder.filledTokens >= untilTokens || holder.prefixMisses >= missesMax) continue;
    isHeld = true;
    const known = hits.find((hit) => hit.holder === holder);
    if (known === undefined) hits.push({ holder, tokens });
    else known.tokens = tokens;
  }
  return isHeld;
}

/** One key is the namespace's; what a later version says beyond the ladder is unknown here. */
const rungsOf = (keys: PrefixKeys): number => Math.min(keys.length - 1, prefixRungTokens.length);

const tokensAt = (rung: number): number => prefixRungTokens[rung - 1] ?? 0;
