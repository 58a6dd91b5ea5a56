// Which tenants yield in a step: those that had far more of this engine lately than the others here, per weight, and fill
// its steps with it. Laws: they yield to tenants inside their share, of their own band or a higher one, to nobody else; a
// tenant, and so each of its sequences, sits out at most `satOutMax` steps in a row, then it takes part in one like
// anybody; who alone has work yields to nobody.

import type { EngineSequence } from "./engine-sequence.ts";
import type { Replica } from "./replica.ts";
import type { Standing, TenantShare } from "./tenant-share.ts";
import { recentTokens } from "./tenant-share.ts";

/** So many times what the others here had on average, per weight: of five equal tenants 38 %, of two 71 %. */
const beyond = 2.5;
/** And so many full steps: an engine with room in its steps needs nobody to yield. */
const fullSteps = 32;
/** In a row: at 25 ms a step its clients see a pause of 200 ms. */
export const satOutMax = 8;
/** Of a step: with what yields it is filled no further, so that a prompt that comes meanwhile finds the engine soon. */
const shortStep = 1 / 2;

/** Says of every tenant with work here how it stands in the next step. Answers with those beyond their share. */
export function sayStandings(replica: Replica, startUs: number): readonly TenantShare[] {
  const { shares, spec, sequences } = replica;
  shares.fade(startUs, spec.timeScale);
  const present = new Set<TenantShare>();
  for (const { share } of sequences.values()) present.add(share);
  const over = spec.batching === "fifo" ? [] : beyondShare(present, spec.stepTokensMax);
  const firstBand = over.length === 0 ? Infinity : firstBandToCompute(sequences.values(), over);
  for (const share of present) {
    share.standing = over.includes(share) ? standingOf(share, firstBand) : "inside";
    share.satOutSteps = share.standing === "sits-out" ? share.satOutSteps + 1 : 0;
  }
  return over;
}

function beyondShare(present: ReadonlySet<TenantShare>, stepTokensMax: number): TenantShare[] {
  let tokens = 0;
  let weights = 0;
  for (const share of present) {
    tokens += recentTokens(share);
    weights += share.weight;
  }
  return [...present].filter((share) => {
    const own = recentTokens(share);
    if (own < fullSteps * stepTokensMax) return false;
    return own * (weights - share.weight) > beyond * (tokens - own) * share.weight;
  });
}

/** Of those inside their share that have prompt tokens to compute. */
function firstBandToCompute(
  sequences: Iterable<EngineSequence>,
  over: readonly TenantShare[],
): number {
  let first = Infinity;
  for (const { share, isDecoding, isPaused } of sequences) {
    if (!isDecoding && !isPaused && !over.includes(share)) first = Math.min(first, share.band);
  }
  return first;
}

function standingOf({ band, satOutSteps }: TenantShare, firstBand: number): Standing {
  if (band < firstBand) return "yields";
  return satOutSteps < satOutMax ? "sits-out" : "inside";
}

/** Tokens of a step that those who yield leave unused. */
export const leftByYielding = (stepTokensMax: number): number =>
  Math.ceil(stepTokensMax * (1 - shortStep));
