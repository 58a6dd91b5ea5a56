// What is wrong with a run of the seed fleet, in words; nothing, if nothing is. Every request ended once and whole, with
// the oracle's text and its bill, and nothing is reserved, held or waiting anywhere.

import type { Address } from "#shared/actor/actor.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";
import { countHeld } from "#loadtest/simulation/leftovers.ts";
import type { BurstReplica } from "./burst-replica.ts";
import type { FleetWorld } from "./fleet-world.ts";
import type { ClientStory } from "./played-clients.ts";

/** More of them say no more. */
const faultsMax = 20;

export interface Judgement {
  readonly faults: readonly string[];
  /** Requests whose text was compared with the oracle's. */
  readonly textsCompared: number;
}

export function judgeFleet(world: FleetWorld): Judgement {
  const faults: string[] = [...world.troubles];
  let textsCompared = 0;
  for (const story of world.clients.stories.values()) {
    if (story.text !== undefined) textsCompared++;
    const fault = faultOf(story);
    if (fault !== undefined) faults.push(`${story.request.requestId} ${fault}`);
  }
  for (const host of world.hosts()) {
    faults.push(...countHeld((kind) => statesOf(host.statesOf(kind), kind)));
    for (const [self, state] of host.statesOf("engine")) faults.push(...heldByBursts(self, state));
  }
  return { faults: faults.slice(0, faultsMax), textsCompared };
}

function faultOf({ request, ...story }: ClientStory): string | undefined {
  const { ends, complaints, outputTokens, billedTokens, text } = story;
  if (complaints.length > 0) return complaints.join(", ");
  if (ends !== 1) return `ended ${ends} times`;
  if (outputTokens !== request.outputTokens) {
    return `got ${outputTokens} of ${request.outputTokens} tokens`;
  }
  if (billedTokens !== outputTokens) return `is billed ${billedTokens} of ${outputTokens} tokens`;
  return text === undefined || text === textOf(request) ? undefined : "got another text";
}

function textOf({ tenant, promptDigest, outputTokens }: ClientStory["request"]): string {
  const { adapterDigest, policy } = tenant;
  const oracle = oracleFor({ tenant: policy.tenant, adapterDigest, promptDigest });
  const tokens = Array.from({ length: outputTokens }, (_, index) => oracleToken(oracle, index));
  return detokenize(startDetokenizer(quadVocabulary), tokens);
}

/** A burst engine is counted here, not as the production one is. */
const statesOf = (states: ReadonlyMap<Address, unknown>, kind: string) =>
  [...states].filter(([, state]) => kind !== "engine" || !isBursting(state));

const isBursting = (state: unknown): state is BurstReplica => "stepsMax" in (state as object);

function heldByBursts(self: Address, state: unknown): readonly string[] {
  if (!isBursting(state)) return [];
  const { sequences, heldBlocks, promisedBlocks } = state;
  return sequences.size + heldBlocks + promisedBlocks === 0
    ? []
    : [`${self} holds ${sequences.size} sequences, ${heldBlocks} of ${promisedBlocks} blocks`];
}
