// From a failing seed to a small case: what goes wrong and what is asked are thinned out for as long as the same checker
// still complains. Each trial runs the seed anew, with the seed's own chance for everything that is left.

import { ddmin } from "./ddmin.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { atomsOf, planOf } from "./plan-atoms.ts";
import type { SeedOptions } from "./run-seed.ts";
import { planSeed, runSeed } from "./run-seed.ts";
import type { PlannedRequest } from "./workload.ts";

export interface SmallCase {
  readonly seed: number;
  /** Who complains, and its words. */
  readonly checker: string;
  readonly what: string;
  readonly plan: FaultPlan;
  readonly requests: readonly PlannedRequest[];
}

export interface Shrinking {
  readonly checker: string;
  readonly isSpent: () => boolean;
}

/** Undefined: it does not fail. */
export function shrinkSeed(
  options: SeedOptions,
  { checker, isSpent }: Shrinking,
): SmallCase | undefined {
  const complaint = (plan: FaultPlan, requests: readonly PlannedRequest[]): string | undefined => {
    const { violations } = runSeed({
      ...options,
      aim: () => plan,
      choose: () => requests,
      soughtBy: [checker],
    });
    return violations.find((violation) => violation.checker === checker)?.what;
  };
  let { plan, requests } = planSeed(options);
  let what = complaint(plan, requests);
  if (what === undefined) return undefined;
  const stillFails = (fewer: FaultPlan, asked: readonly PlannedRequest[]): boolean => {
    const now = complaint(fewer, asked);
    what = now ?? what;
    return now !== undefined;
  };
  const thinFaults = (): void => {
    const fails = (atoms: ReturnType<typeof atomsOf>): boolean =>
      stillFails(planOf(plan, atoms), requests);
    plan = planOf(plan, ddmin(atomsOf(plan), { fails, isSpent }));
  };
  thinFaults();
  const fails = (asked: readonly PlannedRequest[]): boolean => stillFails(plan, asked);
  requests = ddmin(requests, { fails, isSpent });
  // Some faults mattered only to what is no longer asked.
  thinFaults();
  return { seed: options.seed, checker, what, plan, requests };
}
