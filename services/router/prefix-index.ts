// How much of a prompt each worker probably holds in its prefix cache: a guess from what was placed and computed
// there. Laws: nothing is found from another namespace; a life that is over holds nothing; what a worker must have
// evicted since is not counted; bounded: what was not placed for long is forgotten.

import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import { prefixRungTokens } from "#shared/model/prefix-ladder.ts";
import { TwoGenerations } from "#shared/model/two-generations.ts";

/** One life of a worker, as far as its cache is concerned. */
export interface PrefixHolder {
  /** One bit of 32; others may have the same. */
  readonly sign: number;
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
  /** Of all who ever had a copy: who is no longer among these may still hold more of a longer prompt. */
  signs: number;
}

const noHits: readonly never[] = [];

/** So many misses in a row: it has no prefix cache, and is believed nothing until it finds something. */
const missesMax = 8;

/** Workers remembered per prefix: one that everybody begins with is on most workers anyhow. */
const copiesMax = 8;

export class PrefixIndex<Holder extends PrefixHolder> {
  readonly #entries: TwoGenerations<number, Entry<Holder>>;

  constructor(generationMax: number) {
    this.#entries = new TwoGenerations(generationMax);
  }

  /** Signs of all that may hold any of it: who has none of these certainly holds nothing. O(1). */
  signsOf(keys: PrefixKeys): number {
    return keys.length < 2 ? 0 : (this.#find(keys, 1)?.signs ?? 0);
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
      const entry = this.#find(keys, rung) ?? { namespace: keys[0] ?? 0, copies: [], signs: 0 };
      putLast(entry, { holder, untilTokens });
      this.#entries.set(keys[rung] ?? 0, entry);
    }
  }

  /** It turned out not to hold what is beyond the first `tokens`. */
  forget(keys: PrefixKeys, holder: Holder, tokens: number): void {
    for (let rung = rungsOf(keys); rung > 0 && tokensAt(rung) > tokens; rung--) {
      const entry = this.#find(keys, rung);
      if (entry !== undefined) removeCopy(entry, holder);
    }
  }

  /** The worker's life is over and its cache with it. */
  forgetHolder(holder: Holder): void {
    for (const [key, entry] of this.#entries) {
      removeCopy(entry, holder);
      if (entry.copies.length === 0) this.#entries.delete(key);
    }
  }

  /** Prefixes known at the moment. */
  get size(): number {
    return this.#entries.size;
  }

  // Equal keys of two namespaces are a coincidence, or an attempt: to each other they are unknown.
  #find(keys: PrefixKeys, rung: number): Entry<Holder> | undefined {
    const entry = this.#entries.get(keys[rung] ?? 0);
    return entry?.namespace === keys[0] ? entry : undefined;
  }
}

function putLast<Holder extends PrefixHolder>(entry: Entry<Holder>, copy: Copy<Holder>): void {
  const { copies } = entry;
  const last = copies.at(-1);
  if (last?.holder === copy.holder) {
    last.untilTokens = copy.untilTokens;
    return;
  }
  removeCopy(entry, copy.holder);
  const eldest = copies.length >= copiesMax ? copies[0] : undefined;
  if (eldest !== undefined) removeCopy(entry, eldest.holder);
  copies.push(copy);
  entry.signs |= copy.holder.sign;
}

function removeCopy<Holder>({ copies }: Entry<Holder>, holder: Holder): void {
  const at = copies.findIndex((copy) => copy.holder === holder);
  if (at >= 0) copies.splice(at, 1);
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
