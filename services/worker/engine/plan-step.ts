// Who runs in the next step: every running sequence decodes one token first, then running prefills go on, then
// waiting sequences begin in order, all under one budget of tokens. Running out of blocks preempts the latest
// arrival, which is recomputed later; nothing begins in a step that had to preempt.

import { assert } from "#shared/actor/assert.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import { fillTable, growTable } from "./block-table.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import { chargeBlocks } from "./engine-sequence.ts";
import type { Replica, RunningStep } from "./replica.ts";
import { insertPreempted, releaseSequence } from "./replica.ts";
import { emptyLoad, stepTime, totalMs } from "./step-time.ts";
import type { StepLoad, StepTime } from "./step-time.ts";

export interface StepPlan {
  readonly step: RunningStep | undefined;
  readonly preempted: readonly EngineSequence[];
  readonly resumed: readonly EngineSequence[];
}

interface Draft {
  readonly replica: Replica;
  readonly startUs: number;
  readonly batch: EngineSequence[];
  readonly preempted: EngineSequence[];
  readonly resumed: EngineSequence[];
  budget: number;
}

export function planStep(replica: Replica, startUs: number): StepPlan {
  const draft: Draft = {
    replica,
    startUs,
    batch: [],
    preempted: [],
    resumed: [],
    budget: alignedBudget(replica),
  };
  planDecodes(draft);
  planPrefills(draft);
  if (draft.preempted.length === 0) admitWaiting(draft);
  const { preempted, resumed, batch } = draft;
  return { step: batch.length === 0 ? undefined : timeStep(draft), preempted, resumed };
}

// The budget covers decodes too: filling up to a multiple of the tile is nearly free, one token more is not.
function alignedBudget({ spec, profile }: Replica): number {
  const { alignTokens } = profile;
  return spec.stepTokensMax < alignTokens
    ? spec.stepTokensMax
    : spec.stepTokensMax - (spec.stepTokensMax % alignTokens);
}

function planDecodes(draft: Draft): void {
  const { replica } = draft;
  // Preempting shortens the list from its end, behind those already planned.
  for (let index = 0; index < replica.running.length; index++) {
    const sequence = replica.running[index];
    if (sequence === undefined || !sequence.isDecoding || sequence.isPaused) continue;
    if (draft.budget === 0) return;
    if (hasBlocksToDecode(draft, sequence)) take(draft, sequence, 1);
  }
}

function hasBlocksToDecode(draft: Draft, sequence: EngineSequence): boolean {
  const { replica, startUs } = draft;
  const needed = blocksFor(sequence.knownTokens, replica.spec.kvBlockTokens);
  while (sequence.table.blocks.length < needed) {
    chargeBlocks(sequence, startUs);
    if (growTable(replica.pool, sequence.table)) continue;
    const victim = replica.running.pop();
    assert(victim !== undefined, "a sequence that needs a block is running");
    preempt(draft, victim);
    if (victim === sequence) return false;
  }
  return true;
}

function preempt({ replica, startUs, preempted }: Draft, victim: EngineSequence): void {
  releaseSequence(replica, victim, startUs);
  victim.computedTokens = 0;
  victim.isDecoding = false;
  victim.cost.preemptions++;
  insertPreempted(replica, victim);
  preempted.push(victim);
}

function planPrefills(draft: Draft): void {
  for (const sequence of draft.replica.running) {
    if (draft.budget === 0) return;
    if (!sequence.isDecoding && !sequence.isPaused) takeChunk(draft, sequence);
  }
}

function takeChunk(draft: Draft, sequence: EngineSequence): void {
  take(draft, sequence, Math.min(draft.budget, sequence.knownTokens - sequence.computedTokens));
}

function take(draft: Draft, sequence: EngineSequence, tokens: number): void {
  sequence.stepTokens = tokens;
  draft.budget -= tokens;
  draft.batch.push(sequence);
}

// A sequence begins when the blocks of all it knows are there, so a prefill once begun never lacks any; while others
// run, a hundredth of the memory stays spare for their growth.
function admitWaiting(draft: Draft): void {
  const { replica, startUs } = draft;
  while (draft.budget > 0) {
    const sequence = replica.waiting.find((waiting) => !waiting.isPaused);
    if (sequence === undefined) return;
    const filled = fillTable(replica.pool, sequence.table, {
      chain: sequence.chain,
      tokens: sequence.knownTokens,
      spareBlocks: replica.running.length === 0 ? 0 : Math.ceil(replica.spec.kvBlocks / 100),
    });
    if (filled === undefined) return;
    replica.waiting.splice(replica.waiting.indexOf(sequence), 1);
    begin(draft, sequence, filled.cachedTokens);
    sequence.heldSinceUs = startUs;
    takeChunk(draft, sequence);
  }
}

function begin({ replica, resumed }: Draft, sequence: EngineSequence, cachedTokens: number): void {
  sequence.computedTokens = cachedTokens;
  if (sequence.hasRun) resumed.push(sequence);
  else sequence.cost.cachedTokens = Math.min(cachedTokens, sequence.promptTokens);
  sequence.hasRun = true;
  const later = replica.running.findIndex((other) => other.order > sequence.order);
  replica.running.splice(later < 0 ? replica.running.length : later, 0, sequence);
}

function timeStep({ replica, startUs, batch }: Draft): RunningStep {
  const { profile, spec } = replica;
  const load = loadOf(replica, batch);
  const time = stepTime(profile, load);
  shareCost(replica, batch, { load, time });
  const durationUs = Math.max(1, Math.round(totalMs(time) * spec.timeScale * 1000));
  return {
    endUs: startUs + durationUs,
    durationUs,
    kernelUs: Math.round((totalMs(time) - time.hostMs) * spec.timeScale * 1000),
    batch,
  };
}

function loadOf({ adapters }: Replica, batch: readonly EngineSequence[]): StepLoad {
  const load = emptyLoad();
  const distinct = new Set<string>();
  for (const { isDecoding, knownTokens, computedTokens, stepTokens, adapterDigest } of batch) {
    if (isDecoding) {
      load.decodes++;
      load.decodeContextTokens += knownTokens;
    } else {
      load.prefillTokens += stepTokens;
      load.prefillPairs += stepTokens * (computedTokens + stepTokens / 2);
    }
    if (adapterDigest === "") continue;
    const bytes = adapters.residents.get(adapterDigest) ?? 0;
    load.adapterFlops += bytes * stepTokens;
    if (!distinct.has(adapterDigest)) load.adapterBytes += bytes;
    distinct.add(adapterDigest);
  }
  return load;
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
    sequence.stepCostMs =
      gemmPerToken * stepTokens +
      (sequence.isDecoding
        ? decodePerSequence + (profile.decodePerContextTokenNs * sequence.knownTokens) / 1e6
        : prefillPerToken * stepTokens +
          (profile.prefillPerPairNs * stepTokens * (computedTokens + stepTokens / 2)) / 1e6) +
      (sequence.adapterDigest === "" ? 0 : time.adapterMs / users);
  }
}
