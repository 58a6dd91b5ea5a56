// What a rollout's decider tells the device that keeps rollouts: what has changed, what was counted, and which golden output to
// judge. Each is said again until it is answered.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { GoldenPrompt, RolloutChange } from "#shared/model/rollout.ts";
import type { RolloutProgress } from "#shared/model/rollout-progress.ts";
import type { Fields } from "./fields.ts";

export type ToRolloutKeeper = KeepRollout | KeepProgress | JudgeGolden;

/** Keep it and announce it to all edges. Answered by `rollout-kept`; the same revision twice is kept once. */
export interface KeepRollout {
  readonly kind: "keep-rollout";
  readonly change: RolloutChange;
  readonly progress: RolloutProgress;
}

/** What was counted so far: a process that takes over goes on from it. Not answered. */
export interface KeepProgress {
  readonly kind: "keep-progress";
  readonly id: string;
  /** Of the record that stands. */
  readonly revision: number;
  readonly progress: RolloutProgress;
}

/** Answered by `golden-judged`. */
export interface JudgeGolden {
  readonly kind: "judge-golden";
  readonly index: number;
  readonly prompt: GoldenPrompt;
  readonly output: string;
  readonly evaluator?: string;
}

export const toRolloutKeeper = (keeper: Address, message: ToRolloutKeeper): Send =>
  send(keeper, message);

export const toRolloutKeeperFields: Fields<ToRolloutKeeper> = {
  "keep-rollout": { change: "object", progress: "object" },
  "keep-progress": { id: "string", revision: "number", progress: "object" },
  "judge-golden": { index: "number", prompt: "object", output: "string", evaluator: "string?" },
};
