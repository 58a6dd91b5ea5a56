// The logarithm of the beta function, by Lanczos' approximation of the gamma function (Press et al., Numerical Recipes, §6.1):
// right to fourteen digits for what is asked of it here, counts and halves.

const coefficients: readonly number[] = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** Of numbers above 0.5. */
function logGamma(value: number): number {
  const at = value - 1;
  let sum = 0.9999999999998099;
  for (const [index, coefficient] of coefficients.entries()) sum += coefficient / (at + index + 1);
  const base = at + coefficients.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(base) - base + Math.log(sum);
}

export const logBeta = (a: number, b: number): number =>
  logGamma(a) + logGamma(b) - logGamma(a + b);
