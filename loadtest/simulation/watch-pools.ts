// Shows a checker every router's life as a record of service, after each message that the router handled. The record
// is kept once, however many checkers look on.

import type { ToRouter } from "#shared/messages/to-router.ts";
import type { Handled, HostObserver } from "#shared/sim/simulated-world.ts";
import type { PoolState } from "#services/router/pool-state.ts";
import type { Router } from "#services/router/router.actor.ts";
import { PoolService } from "./pool-service.ts";

export interface RouterLife {
  readonly service: PoolService;
  /** Another router owned the pool before. */
  readonly isTakenOver: boolean;
}

type SeeLife = (life: RouterLife, isServed: boolean) => void;

interface Counted {
  readonly service: PoolService;
  handled: Handled | undefined;
  isServed: boolean;
}

const counted = new WeakMap<PoolState, Counted>();

/** For who looks at routers alone. */
export function watchPools(see: SeeLife): HostObserver {
  const lives = new WeakMap<PoolState, RouterLife>();
  const known = new Set<string>();
  return {
    received(_process, _self, handled) {
      const { owned } = handled.state as Router;
      if (owned === undefined) return;
      const { service, isServed } = count(owned, handled);
      let life = lives.get(owned);
      if (life === undefined) {
        life = { service, isTakenOver: known.has(owned.pool) };
        known.add(owned.pool);
        lives.set(owned, life);
      }
      see(life, isServed);
    },
  };
}

function count(owned: PoolState, handled: Handled): Counted {
  let record = counted.get(owned);
  if (record === undefined) {
    record = { service: new PoolService(owned.pool), handled: undefined, isServed: false };
    counted.set(owned, record);
  }
  if (record.handled === handled) return record;
  record.handled = handled;
  record.isServed = record.service.hear(
    owned,
    handled.arrival.message as ToRouter,
    handled.effects,
  );
  return record;
}
