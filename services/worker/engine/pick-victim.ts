// Whose blocks are taken when a decoding sequence lacks one. In order of arrival: the latest's; else by the order that
// the router uses too.

import { assert } from "#shared/actor/assert.ts";
import type { VictimTraits } from "#shared/model/victim-order.ts";
import { isPreemptedBefore } from "#shared/model/victim-order.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import type { Replica } from "./replica.ts";

export function pickVictim({ running, spec }: Replica): EngineSequence {
  let victim = running[running.length - 1];
  assert(victim !== undefined, "a sequence that needs a block is running");
  if (spec.batching === "fifo") return victim;
  for (const sequence of running) {
    if (isPreemptedBefore(traitsOf(sequence), traitsOf(victim))) victim = sequence;
  }
  return victim;
}

const traitsOf = ({ band, order, table, cost }: EngineSequence): VictimTraits => ({
  band,
  order,
  kvBlocks: table.blocks.length,
  decodedTokens: cost.outputTokens,
  preemptions: cost.preemptions,
});
