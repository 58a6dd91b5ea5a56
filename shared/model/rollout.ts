// A rollout: the name of an adapter on its way from one version to another, or that of a model on its way to another model, in
// stages, as everyone reads it. Which version a request has is decided once, where it is admitted; what is asked of a rollout is decided in one place, `services/rollout`.

import type { AdapterDigest, TenantId } from "./ids.ts";

/** `v1`: what the name meant before; `v2`: what it is to mean. */
export type Arm = "v1" | "v2";

/** All of them: shares are parts of this. */
export const wholeShare = 10_000;

/** As the desired state has it: of those under way, and of the last one of a name that was completed. */
export interface Rollout {
  readonly id: string;
  readonly model: string;
  /** Of the adapter, without its model's. Empty: the model's own name, without any adapter. */
  readonly name: string;
  /** Absent: of every tenant that has one of this name. */
  readonly tenant?: TenantId;
  readonly from: AdapterDigest;
  readonly to: AdapterDigest;
  /** Of a model's own name: the models of the two versions. Absent: `model` is that of both. */
  readonly fromModel?: string;
  readonly toModel?: string;
  /** Conversations in ten thousand that have `v2`. */
  readonly share: number;
  /** Requests in ten thousand that run a second time, against `v2`, for nobody. */
  readonly shadowShare: number;
  /** The name means `to` now: nothing is compared any more. */
  readonly isOver: boolean;
}

/** What a request of an arm runs on. The models themselves are meant, whatever their own names are rolled out to. */
export interface ArmVersion {
  readonly model: string;
  readonly digest: AdapterDigest;
}

export const versionOf = (
  {
    model,
    fromModel = model,
    toModel = model,
    from,
    to,
  }: Pick<Rollout, "model" | "fromModel" | "toModel" | "from" | "to">,
  arm: Arm,
): ArmVersion =>
  arm === "v1" ? { model: fromModel, digest: from } : { model: toModel, digest: to };

/** What clients write: a model, or `model:adapter`. */
export const rolledName = ({ model, name }: Pick<Rollout, "model" | "name">): string =>
  name === "" ? model : `${model}:${name}`;

/** `golden`: prompts with known answers run first; `shadow`: copies of requests; `canary`: conversations of clients. */
export interface RolloutStage {
  readonly kind: "golden" | "shadow" | "canary";
  /** Of conversations; 0 but in a canary. */
  readonly share: number;
  readonly shadowShare: number;
  /** Not left before. */
  readonly dwellMs: number;
  /** Requests that `v2` has ended in this stage, at least. */
  readonly samplesMin: number;
}

/** What `v2` may be slower by, as a factor, and when a difference in errors counts. */
export interface RolloutTolerances {
  /** Of the median; the ninetieth percentile is allowed twice the excess. */
  readonly ttft: number;
  readonly tpot: number;
  /** Error rates are not told apart below this difference: 0.005 is half a percent. */
  readonly errorRate: number;
  /** No stage is left before it is likely, nine in ten, that `v2` fails no more often than `v1` and this together. */
  readonly errorMargin: number;
}

export interface GoldenPrompt {
  readonly prompt: string;
  /** As one user's message through the chat template. Absent: as it stands. */
  readonly isChat?: boolean;
  readonly outputTokensMax: number;
  /** The output has this text in it. */
  readonly text?: string;
  /** The output matches. */
  readonly regex?: string;
}

/** All that an operator asked for. */
export interface RolloutPlan {
  readonly stages: readonly RolloutStage[];
  readonly tolerances: RolloutTolerances;
  readonly golden: readonly GoldenPrompt[];
  /** Of golden prompts, 0 to 1. */
  readonly passAtLeast: number;
  /** Who judges the outputs beside `text` and `regex`: one that the operator configured. */
  readonly evaluator?: string;
}

export type RolloutState = "live" | "paused" | "done" | "rolled-back" | "aborted";

/** Nothing more is decided. */
export const isSettled = (state: RolloutState): boolean => state !== "live" && state !== "paused";

/** What is kept of a rollout. */
export interface RolloutRecord extends Omit<Rollout, "isOver"> {
  readonly state: RolloutState;
  /** Which of the plan's. */
  readonly stage: number;
  /** Grows with each change: two that decide at once are found by it. */
  readonly revision: number;
  /** Why it stands as it does, in words. */
  readonly reason: string;
  readonly startedAtEpochMs: number;
  readonly endedAtEpochMs?: number;
}

/** What its decider writes when it changes something. */
export interface RolloutChange {
  readonly id: string;
  /** The one that this change makes; the record has the one before. */
  readonly revision: number;
  readonly state: RolloutState;
  readonly stage: number;
  readonly share: number;
  readonly shadowShare: number;
  readonly reason: string;
  /** Who is to be named in the audit. */
  readonly actor: string;
}

export type RolloutVerb = "promote" | "pause" | "resume" | "abort";

/**
 * On whose account golden prompts and copies run: a line of its own in the ledger, in a band below everyone's. No fleet file can
 * name a tenant like this.
 */
export const rolloutAccount: TenantId = "fairlead:rollouts" as TenantId;
