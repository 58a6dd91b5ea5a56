// All that the decider of one rollout hears. Senders: the keeper device beside it, the desks of edges, its own timer. What edges
// tell are totals since their start, so a report that is lost or repeated changes nothing.

import type { RolloutCounts } from "#shared/model/arm-counts.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import type { RolloutPlan, RolloutRecord, RolloutVerb } from "#shared/model/rollout.ts";
import type { RolloutProgress } from "#shared/model/rollout-progress.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToRollout =
  | BeginRollout
  | ArmsCounted
  | RolloutCommand
  | RolloutKept
  | GoldenOutput
  | GoldenJudged
  | RolloutTimer;

/** It is under way: decide from here on. From the keeper, at its start and when a process takes over what another began. */
export interface BeginRollout {
  readonly kind: "begin-rollout";
  readonly record: RolloutRecord;
  readonly plan: RolloutPlan;
  /** As it was kept last. Absent: it has just begun. */
  readonly progress?: RolloutProgress;
}

/** What an edge has seen since its start. Each half second, also when nothing was: it says that the edge is there. */
export interface ArmsCounted {
  readonly kind: "arms-counted";
  readonly edge: EdgeId;
  /** Of the edge: totals begin anew with it. Grows. */
  readonly life: number;
  readonly counts: RolloutCounts;
}

/** An operator's word. */
export interface RolloutCommand {
  readonly kind: "rollout-command";
  readonly verb: RolloutVerb;
  readonly actor: string;
}

/** The change of this revision is kept and announced; or another process has changed the rollout, whose decider is over. */
export interface RolloutKept {
  readonly kind: "rollout-kept";
  readonly revision: number;
  readonly isKept: boolean;
}

/** A golden prompt ran, or could not. From the edge that was asked. */
export interface GoldenOutput {
  readonly kind: "golden-output";
  readonly index: number;
  readonly round: number;
  readonly output: string;
  /** There is none: why. */
  readonly fault?: string;
}

/** What an output is worth. From the keeper. */
export interface GoldenJudged {
  readonly kind: "golden-judged";
  readonly index: number;
  readonly isRight: boolean;
  /** What is wrong with it; or why nobody could say. */
  readonly why: string;
}

/** `tick`: what waits is said again, and time has passed. */
export type RolloutTimer = TimerFired<"tick">;

export const toRolloutFields: Fields<ToRollout> = {
  "begin-rollout": { record: "object", plan: "object", progress: "object?" },
  "arms-counted": { edge: "string", life: "number", counts: "object" },
  "rollout-command": { verb: "string", actor: "string" },
  "rollout-kept": { revision: "number", isKept: "boolean" },
  "golden-output": {
    index: "number",
    round: "number",
    output: "string",
    fault: "string?",
  },
  "golden-judged": { index: "number", isRight: "boolean", why: "string" },
  "timer-fired": { name: "string" },
};
