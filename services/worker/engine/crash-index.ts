// A simulated engine that is told so dies of a prompt with a certain text in it, as real ones die of a shape that their
// kernels do not bear: with everything in flight. Nothing but its host's own setting names that text.

import type { Run } from "#shared/messages/to-engine.ts";

const decoder = new TextDecoder();
const digits = /^\d{1,6}/;

/** Output index at which this prompt crashes the engine: 0, or the number right behind the text. Infinite: never. */
export function crashIndexOf({ promptBytes }: Run, crashText: string | undefined): number {
  if (crashText === undefined || crashText === "") return Number.POSITIVE_INFINITY;
  const prompt = decoder.decode(promptBytes);
  const at = prompt.indexOf(crashText);
  if (at < 0) return Number.POSITIVE_INFINITY;
  return Number(digits.exec(prompt.slice(at + crashText.length))?.[0] ?? 0);
}
