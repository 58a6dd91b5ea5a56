// Which versions of vLLM are driven, and why older ones are not.

/** `return_token_ids` came with it (vllm#22587, 0.10.2): without ids nothing can be counted or gone on with. */
const oldest = [0, 10, 2] as const;

/** Undefined: usable. Else why not, for an operator. */
export function whyUnusable(version: string): string | undefined {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  // Built from source it may be called anything: what it can do is probed.
  if (parts === null) return undefined;
  const numbers = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  for (const [index, least] of oldest.entries()) {
    const number = numbers[index] ?? 0;
    if (number > least) return undefined;
    if (number < least) {
      return `vLLM ${version} does not return token ids: ${oldest.join(".")} does, and later ones`;
    }
  }
  return undefined;
}

/**
 * vllm#47724, seen in 0.22.1 and 0.24.0, mended in July 2026: who decodes from a slot that a load evicts goes on with the
 * new weights. Driven all the same, for no load of ours evicts; but an operator is told.
 */
export function hasEvictionDefect(version: string): boolean {
  const parts = /^v?0\.(\d+)/.exec(version);
  return parts === null || Number(parts[1]) <= 24;
}
