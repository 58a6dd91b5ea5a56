// What a server is asked for a sequence: what it said so far is prompt, and so much less is wanted.

import type { Wish } from "./dialect.ts";
import { freshId } from "./fresh-id.ts";
import { saltOf } from "./prefix-salt.ts";
import type { PriorityOrder } from "./saturation-probe.ts";
import type { ServedSequence } from "./served-sequence.ts";

export interface WishTerms {
  readonly priorities: PriorityOrder;
  readonly secret: Uint8Array;
}

export function wishOf(sequence: ServedSequence, { priorities, secret }: WishTerms): Wish {
  const { run, ids, outputIndex, band } = sequence;
  const priority = priorityOf(band, priorities);
  return {
    id: freshId(),
    ids: ids.slice(),
    adapter: run.adapterDigest,
    salt: saltOf(secret, run),
    outputTokensMax: run.outputTokensMax - outputIndex,
    outputTokensMin: Math.max(0, Math.min(run.outputTokensMin, run.outputTokensMax) - outputIndex),
    ignoreEos: run.ignoreEos,
    sampling: run.sampling,
    ...(priority === undefined ? {} : { priority }),
  };
}

/** Bands are lowest-first here. */
function priorityOf(band: number, priorities: PriorityOrder): number | undefined {
  if (priorities === "none") return undefined;
  return priorities === "lowest-first" ? band : 0 - band;
}
