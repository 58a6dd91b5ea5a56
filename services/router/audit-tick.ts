// Once a second while anything waits or runs: who was served how much, said aloud when it leaves its bound. An idle
// pool is not looked at and has no timer.

import { arm, note } from "#shared/actor/actor.ts";
import { dispatch } from "./dispatch.ts";
import { tendNarrowings } from "./narrow-tenants.ts";
import type { PoolState, Turn } from "./pool-state.ts";
import type { BandReading } from "./service-audit.ts";
import { saveCounters } from "./virtual-counters.ts";

const everyMs = 1000;
/** A gap stays beyond its bound for a while: it is news once. */
const sayAgainMs = 10_000;

export function keepAuditing(state: PoolState, turn: Turn): void {
  if (state.isAuditing || isAtRest(state)) return;
  state.isAuditing = true;
  turn.effects.push(arm("audit", turn.nowMs + everyMs, { kind: "timer-fired", name: "audit" }));
}

const isAtRest = ({ offers, placements }: PoolState): boolean =>
  offers.size === 0 && placements.requests === 0;

export function auditService(state: PoolState, turn: Turn): void {
  state.isAuditing = false;
  if (isAtRest(state)) return state.audit.rest();
  const { narrowings } = state;
  state.audit.look(turn.nowMs, (tenant) => narrowings.of(tenant) !== undefined);
  for (const reading of state.audit.readings) tell(state, reading, turn);
  saveCounters(state, turn);
  tendNarrowings(state, turn);
  dispatch(state, turn);
}

function tell(state: PoolState, reading: BandReading, turn: Turn): void {
  const { pool } = state;
  const { band, tenants, gap, recentGap, bound, jainPpm, mostServed, leastServed } = reading;
  turn.effects.push(
    note("router.audited", {
      pool,
      band,
      tenants,
      gap,
      recentGap,
      ...(bound === undefined ? {} : { bound }),
      ...(jainPpm === undefined ? {} : { jainPpm }),
    }),
  );
  if (bound === undefined || gap <= bound || turn.nowMs < state.gapSaidUntilMs) return;
  state.gapSaidUntilMs = turn.nowMs + sayAgainMs;
  turn.effects.push(
    note("router.gap-exceeded", { pool, band, gap, bound, mostServed, leastServed }),
  );
}
