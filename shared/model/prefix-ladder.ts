// At which lengths a prompt's beginnings are named, so that a router knows how much of it a worker probably holds:
// a key for each rung that the prompt reaches, no more. Whole KV blocks of every size up to 64 tokens.

/** Tokens. Close enough that a rung reached is two thirds or more of what is shared, for prompts of some length. */
export const prefixRungTokens: readonly number[] = [
  64, 128, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 24_576, 32_768, 65_536,
];

/**
 * The name of the prompt's namespace, then a key per rung, shortest first; empty: too short to share anything.
 * Every key is made from the namespace too. A guess about where blocks are, and nothing else: no block is shared by it.
 */
export type PrefixKeys = readonly number[];
