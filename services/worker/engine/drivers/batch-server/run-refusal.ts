// Why a sequence will not run on this server: before it is asked, and by what it answered.

import type { EngineRefused } from "#shared/messages/from-engine.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { isSane } from "#services/worker/engine/drivers/prompt-ids.ts";

type Reason = EngineRefused["reason"];

export interface RefusalTerms {
  readonly spec: EngineServerSpec;
  readonly contextTokens: number;
  readonly isResident: (digest: Run["adapterDigest"]) => boolean;
  readonly isFull: boolean;
}

/** Its prompt is sound. */
export function reasonToRefuse(run: Run, terms: RefusalTerms): Reason | undefined {
  if (!isSane(run)) return "malformed";
  if (isTooLong(run, terms)) return "too-long";
  if (run.forcedPrefix.length > 0 && hasPenalties(run)) return "not-resumable";
  const { adapterDigest } = run;
  if (adapterDigest !== "" && !terms.isResident(adapterDigest)) return "adapter-missing";
  return terms.isFull ? "no-slot" : undefined;
}

function isTooLong(
  { promptTokens, outputTokensMax }: Run,
  { spec, contextTokens }: RefusalTerms,
): boolean {
  const tokens = promptTokens + outputTokensMax;
  return tokens > contextTokens || blocksFor(tokens, spec.kvBlockTokens) > spec.kvBlocks;
}

/** A server counts them over what it generated itself: after a seam it would have forgotten. */
export function hasPenalties({ sampling }: Run): boolean {
  const { presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  return presencePenalty !== 0 || frequencyPenalty !== 0;
}

/** Undefined: another try may well succeed. A model that is not there is an adapter that is not loaded, whatever was said. */
export function refusalBy(
  fault: EngineFault | undefined,
  { adapterDigest }: Run,
): Reason | undefined {
  if (fault?.kind !== "status" || fault.status >= 500) return undefined;
  if (fault.status === 404 && adapterDigest !== "") return "adapter-missing";
  return fault.status === 400 || fault.status === 422 ? "malformed" : undefined;
}
