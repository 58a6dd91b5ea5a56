// Where rollouts are kept, as whoever decides them asks it. A change that the desired state shows is announced before it is told
// as done.

import type { TenantId } from "./ids.ts";
import type { RolloutChange, RolloutPlan, RolloutRecord } from "./rollout.ts";
import type { RolloutProgress } from "./rollout-progress.ts";

export interface NewRollout {
  readonly id: string;
  readonly model: string;
  /** Empty: the model's own. */
  readonly name: string;
  /** The adapter that it is to mean, by its own name. Empty: none. */
  readonly toName: string;
  /** The model that a model's own name is to mean. Absent: the same. */
  readonly toModel?: string;
  readonly tenant?: TenantId;
  readonly plan: RolloutPlan;
}

export interface KeptRollout {
  readonly record: RolloutRecord;
  readonly plan: RolloutPlan;
  readonly progress?: RolloutProgress;
}

/** `refused`: why, as a sentence. */
export type RolloutBegun =
  | { readonly kind: "begun"; readonly record: RolloutRecord }
  | {
      readonly kind: "refused";
      readonly code:
        | "unknown_adapter"
        | "unknown_model"
        | "rollout_running"
        | "too_many_rollouts"
        | "bad_rollout";
      readonly why: string;
    };

export interface RolloutShelf {
  begin(wish: NewRollout, actor: string): Promise<RolloutBegun>;
  /** False: the record is not the one before this change. The same change twice is kept once. */
  keep(change: RolloutChange, progress: RolloutProgress): Promise<boolean>;
  keepProgress(
    kept: { readonly id: string; readonly revision: number },
    progress: RolloutProgress,
  ): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly RolloutRecord[]>;
  find(id: string): Promise<KeptRollout | undefined>;
  /** Those that are to be decided. */
  unsettled(): Promise<readonly KeptRollout[]>;
}
