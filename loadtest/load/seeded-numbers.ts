// Random numbers from a seed, so that a workload can be repeated exactly (sfc32, Doty-Humphrey, PractRand).

export type SeededNumbers = () => number;

/** Uniform in [0, 1). */
export function seededNumbers(seed: number): SeededNumbers {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}
