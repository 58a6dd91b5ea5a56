// One kind of actor whose members differ by configuration: a worker knows its pool, an engine its size. The host
// knows one actor per kind, so the address chooses.

import type { Actor, Address, AnyActor } from "#shared/actor/actor.ts";

interface Member {
  readonly actor: AnyActor;
  readonly state: unknown;
}

/** `choose` is asked once per life of an actor; it throws for an address that the fleet does not have. */
export function perAddressActor(
  name: string,
  choose: (self: Address) => AnyActor,
): Actor<Member, unknown> {
  return {
    name,
    init: (self) => {
      const actor = choose(self);
      return { actor, state: actor.init(self) };
    },
    receive: ({ actor, state }, arrival) => actor.receive(state, arrival),
    isFinished: ({ actor, state }) => actor.isFinished?.(state) ?? false,
    undelivered: ({ actor, state }, refused) => actor.undelivered?.(state, refused) ?? [],
  };
}
