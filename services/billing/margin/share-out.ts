// Something whole shared out by weights. Law: the parts are whole and add up to it, each within 1 of its true value.

/** Undefined: there is nobody to share it. */
export function shareOut(total: number, weights: readonly number[]): readonly number[] | undefined {
  return shareOutNanos(BigInt(total), weights.map(BigInt))?.map(Number);
}

export function shareOutNanos(
  total: bigint,
  weights: readonly bigint[],
): readonly bigint[] | undefined {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  if (all === 0n) return undefined;
  let until = 0n;
  let given = 0n;
  return weights.map((weight) => {
    until += weight;
    const share = (total * until) / all - given;
    given += share;
    return share;
  });
}
