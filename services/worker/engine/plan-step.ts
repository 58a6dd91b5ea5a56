// Who runs in the next step: running sequences decode one token each first, but those that sit out, then prompts are
// computed, by tenants' shares or in order of arrival, all under one budget of tokens. Running out of blocks preempts a victim, which is
// recomputed later; nothing begins in a step that had to preempt.

import { assert } from "#shared/actor/assert.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import { adapterLoad } from "./adapter-cost.ts";
import { growTable } from "./block-table.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { chargeBlocks } from "./engine-sequence.ts";
import { prefillInShares } from "./fair-prefill.ts";
import { prefillInOrder } from "./fifo-prefill.ts";
import { pickVictim } from "./pick-victim.ts";
import type { Replica, RunningStep } from "./replica.ts";
import { stepBudget } from "./step-budget.ts";
import type { StepDraft } from "./step-draft.ts";
import { decode, decodes, preempt } from "./step-draft.ts";
import { workOfStep } from "./step-work.ts";
import { emptyLoad, stepTime, totalMs } from "./step-time.ts";
import type { StepLoad, StepTime } from "./step-time.ts";
import { takeMoves } from "./swap-space.ts";
import { sayStandings } from "./yielding.ts";

export interface StepPlan {
  readonly step: RunningStep | undefined;
  readonly preempted: readonly EngineSequence[];
  readonly resumed: readonly EngineSequence[];
}

export function planStep(replica: Replica, startUs: number): StepPlan {
  const draft: StepDraft = {
    replica,
    startUs,
    batch: [],
    preempted: [],
    resumed: [],
    budget: 0,
  };
  makeRoom(draft);
  replica.beyondShare = sayStandings(replica, startUs);
  planDecodes(draft);
  if (replica.spec.batching === "fifo") prefillInOrder(draft);
  else prefillInShares(draft);
  const { preempted, resumed, batch } = draft;
  return { step: batch.length === 0 ? undefined : timeStep(draft), preempted, resumed };
}

/** Every sequence that decodes has a block for its next token, or somebody's are taken for it. */
function makeRoom(draft: StepDraft): void {
  const short = draft.replica.running.filter(
    (sequence) => decodes(sequence) && !growsToNeed(draft, sequence),
  );
  for (const sequence of short) {
    while (draft.replica.running.includes(sequence) && !growsToNeed(draft, sequence)) {
      preempt(draft, pickVictim(draft.replica));
    }
  }
}

function growsToNeed({ replica, startUs }: StepDraft, sequence: EngineSequence): boolean {
  const needed = blocksFor(sequence.knownTokens, replica.spec.kvBlockTokens);
  while (sequence.table.blocks.length < needed) {
    chargeBlocks(sequence, startUs);
    if (!growTable(replica.pool, sequence.table)) return false;
  }
  return true;
}

function planDecodes(draft: StepDraft): void {
  const { spec, profile, running } = draft.replica;
  let count = 0;
  for (const sequence of running) count += decodes(sequence) ? 1 : 0;
  const { stepTokensMax } = spec;
  draft.budget =
    spec.chunking === "beside"
      ? stepTokensMax + count
      : stepBudget({ stepTokensMax, decodes: count }, profile.alignTokens);
  assert(count <= draft.budget, "every running sequence can decode in one step");
  for (const sequence of running) {
    if (decodes(sequence) && sequence.share.standing !== "sits-out") decode(draft, sequence);
  }
}

/** A GPU whose clock has fallen, or whose memory pages: so many times as slow. */
const slowdown = 20;
const isSlowed = ({ fault, outputIndex }: EngineSequence): boolean =>
  fault?.kind === "slow" && outputIndex >= fault.outputIndex;

function prefillFactorOf(batch: readonly EngineSequence[]): number {
  let most = 1;
  for (const { isDecoding, prefillFactor } of batch) {
    if (!isDecoding && prefillFactor > most) most = prefillFactor;
  }
  return most;
}

function timeStep({ replica, startUs, batch }: StepDraft): RunningStep {
  const { profile, spec } = replica;
  const load = loadOf(replica, batch);
  const time = stepTime(profile, load, spec.adapterCost);
  shareCost(replica, batch, { load, time });
  const moveMs = takeMoves(replica.swap, profile, spec);
  const scale = spec.timeScale * (batch.some(isSlowed) ? slowdown : prefillFactorOf(batch));
  const durationUs = Math.max(1, Math.round((totalMs(time) + moveMs) * scale * 1000));
  return {
    endUs: startUs + durationUs,
    durationUs,
    kernelUs: Math.round((totalMs(time) - time.hostMs) * scale * 1000),
    work: workOfStep(replica.work, batch, load),
    batch,
  };
}

function loadOf({ adapters, spec }: Replica, batch: readonly EngineSequence[]): StepLoad {
  const load = emptyLoad();
  for (const { isDecoding, knownTokens, computedTokens, stepTokens } of batch) {
    if (isDecoding) {
      load.decodes++;
      load.decodeContextTokens += knownTokens;
    } else {
      load.prefillTokens += stepTokens;
      load.prefillPairs += stepTokens * (computedTokens + stepTokens / 2);
    }
  }
  return Object.assign(load, adapterLoad(batch, adapters.residents, spec.adapterRanks));
}

// GEMM by tokens; attention to those who attend; an adapter's cost to those who use one.
function shareCost(
  { profile }: Replica,
  batch: readonly EngineSequence[],
  { load, time }: { load: StepLoad; time: StepTime },
): void {
  const gemmPerToken = time.gemmMs / (load.prefillTokens + load.decodes);
  const decodePerSequence =
    (profile.decodeFixedMs + (profile.decodePerSequenceUs * load.decodes) / 1e3) / load.decodes;
  const prefillPerToken = profile.prefillFixedMs / load.prefillTokens;
  let users = 0;
  for (const { adapterDigest } of batch) users += adapterDigest === "" ? 0 : 1;
  for (const sequence of batch) {
    const { stepTokens, computedTokens } = sequence;
    sequence.stepAttentionMs = sequence.isDecoding
      ? decodePerSequence + (profile.decodePerContextTokenNs * sequence.knownTokens) / 1e6
      : prefillPerToken * stepTokens +
        (profile.prefillPerPairNs * stepTokens * (computedTokens + stepTokens / 2)) / 1e6;
    sequence.stepAdapterMs = sequence.adapterDigest === "" ? 0 : time.adapterMs / users;
    sequence.stepCostMs =
      gemmPerToken * stepTokens + sequence.stepAttentionMs + sequence.stepAdapterMs;
  }
}
