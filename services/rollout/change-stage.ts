// From one stage to the next, to the end or back: what the counts say, what an operator says, and that a change is said to the
// keeper until it is kept. While one is under way nothing else is decided.

import type { Effect } from "#shared/actor/actor.ts";
import type { RolloutCommand, RolloutKept } from "#shared/messages/to-rollout.ts";
import { toRolloutKeeper } from "#shared/messages/to-rollout-keeper.ts";
import { endedOf } from "#shared/model/arm-counts.ts";
import type { RolloutChange, RolloutStage } from "#shared/model/rollout.ts";
import { isSettled, wholeShare } from "#shared/model/rollout.ts";
import { addEvidence } from "./evidence.ts";
import { goldenStanding, runGolden } from "./golden-run.ts";
import type { Comparison } from "./judge-arms.ts";
import { errorsOfStage, judgeArms, judgedArm, requestsToProve } from "./judge-arms.ts";
import type { Run } from "./rollout-state.ts";
import { comparisonOf, nothing, progressOf, say, stageOf } from "./rollout-state.ts";

/** What was under way when it ended is counted for so long. */
const lingerMs = 5_000;
const byItself = "rollout";

export function decide(run: Run, nowMs: number): readonly Effect[] {
  if (run.pending !== undefined || isSettled(run.record.state)) return nothing;
  return stageOf(run).kind === "golden" ? decideGolden(run, nowMs) : decideArms(run, nowMs);
}

function decideGolden(run: Run, nowMs: number): readonly Effect[] {
  const standing = goldenStanding(run);
  if (standing.kind === "failed") return goBack(run, standing.reason, nowMs);
  run.waitsFor = standing.kind === "open" ? "golden prompts" : "";
  if (standing.kind === "open") return runGolden(run, nowMs);
  return run.record.state === "paused" ? nothing : advance(run, standing.reason, nowMs);
}

function decideArms(run: Run, nowMs: number): readonly Effect[] {
  const comparison = comparisonOf(run);
  run.verdict = judgeArms(comparison);
  if (run.verdict.kind === "harm") return goBack(run, run.verdict.reason, nowMs);
  run.waitsFor = awaited(run, comparison, nowMs);
  if (run.waitsFor !== "") return nothing;
  const samples = endedOf(judgedArm(comparison.stage, comparison.now));
  return advance(run, `${samples} requests with v2 in this stage, and no harm found`, nowMs);
}

/** Empty: the next stage may begin. */
function awaited({ record, verdict, stageBeganAtMs }: Run, comparison: Comparison, nowMs: number) {
  if (record.state === "paused") return "an operator";
  const { stage, now } = comparison;
  const missing = stage.samplesMin - endedOf(judgedArm(stage, now));
  if (missing > 0) return `${missing} more requests with v2 in this stage`;
  const toProve = requestsToProve(comparison);
  if (toProve > 0) return `${toProve} more requests with v2, to be sure of its errors`;
  if (verdict.kind === "doubt") return `certainty (${verdict.reason})`;
  const leftMs = stage.dwellMs - (nowMs - stageBeganAtMs);
  return leftMs > 0 ? `${Math.ceil(leftMs / 1000)} s more in this stage` : "";
}

function goBack(run: Run, reason: string, nowMs: number): readonly Effect[] {
  const { stage } = run.record;
  const state = "rolled-back";
  return change(run, { state, stage, share: 0, shadowShare: 0, reason, actor: byItself }, nowMs);
}

const termsOf = ({ share, shadowShare }: RolloutStage) => ({ share, shadowShare });

function advance(run: Run, reason: string, nowMs: number, actor: string = byItself) {
  const next = run.record.stage + 1;
  const stage = run.plan.stages[next];
  if (stage === undefined) {
    const over = { state: "done", stage: next, share: wholeShare, shadowShare: 0 } as const;
    return change(run, { ...over, reason, actor }, nowMs);
  }
  return change(run, { state: "live", stage: next, ...termsOf(stage), reason, actor }, nowMs);
}

function change(
  run: Run,
  wanted: Omit<RolloutChange, "id" | "revision">,
  nowMs: number,
): readonly Effect[] {
  const { id, revision } = run.record;
  run.pending = { id, revision: revision + 1, ...wanted };
  return keepAgain(run, nowMs);
}

/** Said until it is answered. */
export function keepAgain(run: Run, nowMs: number): readonly Effect[] {
  const { pending, keeper } = run;
  if (pending === undefined) return nothing;
  const progress = progressOf(run, nowMs);
  return [toRolloutKeeper(keeper, { kind: "keep-rollout", change: pending, progress })];
}

export function kept(run: Run, { revision }: RolloutKept, nowMs: number): readonly Effect[] {
  const { pending, record, wish } = run;
  if (pending === undefined || pending.revision !== revision) return nothing;
  const { actor, ...changed } = pending;
  if (pending.stage !== record.stage) beginStage(run, nowMs);
  run.record = { ...record, ...changed };
  run.pending = undefined;
  if (isSettled(pending.state)) run.endsAtMs = nowMs + lingerMs;
  const { state, stage, share, reason } = pending;
  const told = say(run, "rollout.changed", { state, stage, share, reason, by: actor });
  if (wish === undefined) return [told];
  run.wish = undefined;
  return [told, ...command(run, wish, nowMs)];
}

/** What is compared from here on begins now; what was found of errors is kept. */
function beginStage(run: Run, nowMs: number): void {
  const comparison = comparisonOf(run);
  if (comparison.stage.kind !== "shadow") {
    run.errorEvidence = addEvidence(run.errorEvidence, errorsOfStage(comparison));
  }
  run.before = comparison.now;
  run.atStage = comparison.all;
  run.stageBeganAtMs = nowMs;
  run.verdict = { kind: "fine" };
  run.waitsFor = "";
}

export function command(run: Run, wish: RolloutCommand, nowMs: number): readonly Effect[] {
  const { record } = run;
  if (isSettled(record.state)) return nothing;
  if (run.pending !== undefined) {
    // The last word counts, but for this one: who stops what does harm is not overruled by a hurry.
    if (run.wish?.verb !== "abort") run.wish = wish;
    return nothing;
  }
  const { verb, actor } = wish;
  const { stage, share, shadowShare } = record;
  const as = { stage, share, shadowShare, actor };
  switch (verb) {
    case "promote":
      return advance(run, "an operator said so", nowMs, actor);
    case "pause":
      if (record.state === "paused") return nothing;
      return change(run, { ...as, state: "paused", reason: "paused by an operator" }, nowMs);
    case "resume":
      if (record.state === "live") return nothing;
      return change(run, { ...as, state: "live", reason: "resumed by an operator" }, nowMs);
    case "abort": {
      const reason = "aborted by an operator";
      return change(run, { ...as, share: 0, shadowShare: 0, state: "aborted", reason }, nowMs);
    }
    default:
      return verb satisfies never;
  }
}
