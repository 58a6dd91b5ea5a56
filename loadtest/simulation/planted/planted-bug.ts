// What a planted bug is: a production actor, or the ledger, with one law taken out, and the checker that has to notice.

import type { Actor, AnyActor, Arrival, Effect } from "#shared/actor/actor.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";
import type { SeedOptions } from "#loadtest/simulation/run-seed.ts";
import { quotaTenant } from "#loadtest/simulation/seed-fleet.ts";
import type { PlannedRequest } from "#loadtest/simulation/workload.ts";

/**
 * `plant` sees every actor of every process and leaves most as they are; `aim` brings the bug out where a seed's own faults
 * rarely do.
 */
export interface PlantedBug extends Pick<
  SeedOptions,
  "plant" | "mergeUsage" | "aim" | "choose" | "furnish"
> {
  /** As its file. */
  readonly name: string;
  /** One of these checkers finds it. */
  readonly foundBy: readonly string[];
  /** The seed that finds it soonest, where that is not the first: `npm test` looks there before it looks elsewhere. */
  readonly bestSeed?: number;
}

/** Nothing goes wrong but on the links. */
export const withoutFaults = (plan: FaultPlan): FaultPlan => ({ ...plan, faults: [] });

/** Who has quotas asks, and nobody else. */
export const onlyTheQuotaTenants = (
  requests: readonly PlannedRequest[],
): readonly PlannedRequest[] => requests.filter(({ tenant }) => tenant === quotaTenant);

interface Altered {
  /** What the actor hears instead. */
  readonly arrival?: (arrival: Arrival<never>, state: never) => Arrival<unknown>;
  /** What it does instead. */
  readonly effects?: (
    effects: readonly Effect[],
    arrival: Arrival<never>,
    state: never,
  ) => readonly Effect[];
}

/** The actors of one kind, altered on the way in or out. */
export function altering(kind: string, altered: Altered): (actor: AnyActor) => AnyActor {
  return (actor: Actor<unknown, unknown>) => {
    if (actor.name !== kind) return actor;
    return {
      ...actor,
      receive(state, arrival) {
        const heard = altered.arrival?.(arrival as Arrival<never>, state as never) ?? arrival;
        const effects = actor.receive(state, heard);
        return altered.effects?.(effects, arrival as Arrival<never>, state as never) ?? effects;
      },
    };
  };
}

/** Sends to a kind of address, by what they carry. */
export function alterSends(
  effects: readonly Effect[],
  alter: (message: { readonly kind: string }) => object | undefined,
): readonly Effect[] {
  return effects.flatMap((effect): Effect[] => {
    if (effect.kind !== "send") return [effect];
    const message = alter(effect.message as { readonly kind: string });
    return message === undefined ? [] : [{ ...effect, message }];
  });
}
