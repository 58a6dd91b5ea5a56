// A suite that runs in a house: how often it draws, what decides a run, and what a run gives.

import type { PolicyVariant } from "./policy-variants.ts";
import type { MeasuredRun } from "./rows.ts";

export interface HouseSuite {
  readonly name: string;
  /** Draws, unless the command says otherwise. */
  readonly seeds: number;
  /** Names of variants, unless the command says otherwise; absent: all. */
  readonly policies?: readonly string[];
  /** Everything that decides a run but the draw: what a row's configuration is the hash of. */
  settings(variant: PolicyVariant): object;
  run(variant: PolicyVariant, seed: number): MeasuredRun;
}

/** What RPM grants each tenant, as the published runs' middle value. */
export const requestsPerMinute = 20;
