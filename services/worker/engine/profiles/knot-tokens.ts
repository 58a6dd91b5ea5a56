/** Batch tokens at which the H100 tables have their knots, with pairs around the tile edges. */
export const knotTokens: readonly number[] = [
  1, 8, 16, 32, 64, 96, 128, 129, 192, 256, 257, 384, 512, 513, 768, 769, 1024, 1536, 2048, 3072,
  4096, 6144, 8192, 12288, 16384,
];
