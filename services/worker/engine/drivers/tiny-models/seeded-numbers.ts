// Numbers that a seed decides: the same file from the same seed, on every machine.

/** Uniform in [0, 1). mulberry32. */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal. Box and Muller: two uniform draws each. */
export function normalNumbers(seed: number): () => number {
  const next = uniformNumbers(seed);
  return () => {
    const radius = Math.max(next(), 1e-12);
    const angle = next();
    return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  };
}
