// A fault plan as a list of what can be left out of it, one by one, and back.

import type { FaultPlan, TimedFault } from "./fault-plan.ts";

/** `name` is a probability of the plan's links, ledger or disks that is not zero. */
export type PlanAtom =
  | { readonly kind: "fault"; readonly fault: TimedFault }
  | { readonly kind: "links" | "ledger" | "disk"; readonly name: string };

/** Not a fault by itself. */
const lateness = "lateMs";

export const atomsOf = (plan: FaultPlan): readonly PlanAtom[] => [
  ...plan.faults.map((fault) => ({ kind: "fault", fault }) as const),
  ...(["links", "ledger", "disk"] as const).flatMap((kind) =>
    Object.entries(plan[kind] ?? {})
      .filter(([name, probability]) => probability > 0 && name !== lateness)
      .map(([name]) => ({ kind, name })),
  ),
];

/** The plan with nothing else in it. */
export function planOf(plan: FaultPlan, atoms: readonly PlanAtom[]): FaultPlan {
  const isKept = (kind: string, name: string): boolean =>
    name === lateness ||
    atoms.some((atom) => "name" in atom && atom.kind === kind && atom.name === name);
  const only = <Probabilities extends object>(kind: string, all: Probabilities): Probabilities =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, isKept(kind, name) ? value : 0]),
    ) as Probabilities;
  return {
    links: only("links", plan.links),
    ledger: only("ledger", plan.ledger),
    ...(plan.disk === undefined ? {} : { disk: only("disk", plan.disk) }),
    faults: atoms.flatMap((atom) => (atom.kind === "fault" ? [atom.fault] : [])),
  };
}
