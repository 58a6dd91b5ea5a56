// Into which parts a long prompt is cut. Until a stream has brought its first token, a server that nobody listens to any
// more goes on, for it looks at the socket only when it has been idle for a second: so what it begins at once is short.

const stepTokensMin = 256;
/** Each step sends the whole prefix again, so a very long prompt has no more of them than this. */
const stepsMax = 16;

/** Lengths of the prefixes to have computed before the stream is opened, growing; the stream does the rest. */
export function prefillSteps(promptTokens: number, heldTokens: number): readonly number[] {
  const left = promptTokens - heldTokens;
  const step = Math.max(stepTokensMin, Math.ceil(left / stepsMax));
  const steps: number[] = [];
  for (let end = heldTokens + step; end < promptTokens; end += step) steps.push(end);
  return steps;
}
