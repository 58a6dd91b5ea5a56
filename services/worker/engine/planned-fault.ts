// A simulated engine that is told so fails on a prompt with a certain text in it, as real ones do: it dies with everything in
// flight, falls silent, crawls, computes what is not a number, or loses its GPU. Nothing but its host's own setting names that text.

import type { Run } from "#shared/messages/to-engine.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";

/** `exited`, `cuda-oom` and `ecc` end the engine, `hung` silences it, `slow` lasts while the sequence does, `nan` ends the sequence. */
export type FaultKind = "exited" | "cuda-oom" | "ecc" | "hung" | "slow" | "nan";

export interface PlannedFault {
  readonly kind: FaultKind;
  /** It comes with the token of this output index. */
  readonly outputIndex: number;
}

/** Where a sequence stands in the step that is planned or over. */
interface Standing {
  readonly fault: PlannedFault | undefined;
  readonly outputIndex: number;
  readonly knownTokens: number;
  readonly computedTokens: number;
  readonly stepTokens: number;
}

const decoder = new TextDecoder();
const digits = /^\d{1,6}/;
const named = /^(exited|cuda-oom|ecc|hung|slow|nan)(\d{0,6})/;

/** Behind the crash text comes the output index, behind the fault text the fault and then the index; without one: 0. */
export function faultOf(
  { promptBytes }: Run,
  { crashText = "", faultText = "" }: Pick<SimulatedEngineSpec, "crashText" | "faultText">,
): PlannedFault | undefined {
  if (crashText === "" && faultText === "") return undefined;
  const prompt = decoder.decode(promptBytes);
  const crashTail = textBehind(prompt, crashText);
  if (crashTail !== undefined) {
    return { kind: "exited", outputIndex: Number(digits.exec(crashTail)?.[0] ?? 0) };
  }
  const [, kind, index] = named.exec(textBehind(prompt, faultText) ?? "") ?? [];
  return kind === undefined ? undefined : { kind: kind as FaultKind, outputIndex: Number(index) };
}

function textBehind(prompt: string, text: string): string | undefined {
  const at = text === "" ? -1 : prompt.indexOf(text);
  return at < 0 ? undefined : prompt.slice(at + text.length);
}

/** This step would bring it the token with which the fault comes. */
export const brings = (
  { fault, outputIndex, knownTokens, computedTokens, stepTokens }: Standing,
  kinds: readonly FaultKind[],
): boolean =>
  fault !== undefined &&
  kinds.includes(fault.kind) &&
  outputIndex >= fault.outputIndex &&
  computedTokens + stepTokens >= knownTokens;
