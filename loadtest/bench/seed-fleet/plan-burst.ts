// The steps of a burst, one after the other: all that decode take a token in each, prompts fill what is left of its
// budget in order of arrival, and each step lasts as long as the profile says for what is in it.

import type { StepLoad } from "#services/worker/engine/step-time.ts";
import { emptyLoad, stepTime, totalMs } from "#services/worker/engine/step-time.ts";
import type { Burst, BurstReplica } from "./burst-replica.ts";
import type { BurstSequence } from "./burst-sequence.ts";
import { heldBlocks } from "./burst-sequence.ts";

/** Undefined: nobody may run. */
export function planBurst(replica: BurstReplica, startUs: number): Burst | undefined {
  admit(replica);
  const members = replica.running.filter(({ isPaused, isStopping }) => !isPaused && !isStopping);
  if (members.length === 0) return undefined;
  for (const member of members) {
    member.burstPrompt = 0;
    member.burstOutput = 0;
  }
  const adapterBytes = adapterBytesOf(replica, members);
  let ms = 0;
  let hostMs = 0;
  for (let step = 0; step < replica.stepsMax; step++) {
    const load = fillStep(members, replica.spec.stepTokensMax);
    if (load.decodes + load.prefillTokens === 0) break;
    load.adapterBytes = adapterBytes;
    const time = stepTime(replica.profile, load);
    ms += totalMs(time);
    hostMs += time.hostMs;
  }
  const durationUs = Math.max(1, Math.round(ms * 1000 * replica.spec.timeScale));
  const kernelUs = Math.round((ms - hostMs) * 1000 * replica.spec.timeScale);
  return { endUs: startUs + durationUs, durationUs, kernelUs, members };
}

function admit(replica: BurstReplica): void {
  const { spec, waiting, running } = replica;
  while (running.length < spec.sequencesMax) {
    const next = waiting[0];
    if (next === undefined || replica.promisedBlocks + next.blocksMax > spec.kvBlocks) return;
    waiting.shift();
    running.push(next);
    next.hasBegun = true;
    replica.promisedBlocks += next.blocksMax;
    replica.heldBlocks += heldBlocks(next);
  }
}

/** Gives every member its part of one step. */
function fillStep(members: readonly BurstSequence[], stepTokensMax: number): StepLoad {
  const load = emptyLoad();
  for (const member of members) {
    const { promptTokens, computedPromptTokens, outputIndex, burstOutput } = member;
    if (computedPromptTokens + member.burstPrompt < promptTokens) continue;
    if (outputIndex + burstOutput >= member.outputTarget) continue;
    load.decodes++;
    load.decodeContextTokens += promptTokens + outputIndex - member.forcedTokens + burstOutput;
    member.burstOutput = burstOutput + 1;
  }
  let room = stepTokensMax - load.decodes;
  for (const member of members) {
    const past = member.computedPromptTokens + member.burstPrompt;
    const chunk = Math.min(room, member.promptTokens - past);
    if (chunk <= 0) continue;
    room -= chunk;
    load.prefillTokens += chunk;
    load.prefillPairs += chunk * (past + chunk / 2);
    member.burstPrompt += chunk;
    // The prompt's last token yields the first of the output.
    if (past + chunk === member.promptTokens) member.burstOutput++;
  }
  return load;
}

function adapterBytesOf({ adapters }: BurstReplica, members: readonly BurstSequence[]): number {
  let bytes = 0;
  const counted = new Set<string>();
  for (const { adapterDigest } of members) {
    if (adapterDigest === "" || counted.has(adapterDigest)) continue;
    counted.add(adapterDigest);
    bytes += adapters.residents.get(adapterDigest) ?? 0;
  }
  return bytes;
}
