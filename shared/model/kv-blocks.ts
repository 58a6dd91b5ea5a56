// KV blocks: keys and values of a fixed number of tokens. A started block is a whole block.

export function blocksFor(tokens: number, blockTokens: number): number {
  return Math.ceil(tokens / blockTokens);
}
