// Where the fleet's edges reach the desks of the registry's process: said through coordination by that process, desk by desk.

import { announce } from "#shared/coordination/announce.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";

/** `intake`: takes adapters in. `books`: tells tenants of their own usage. */
export type Desk = "intake" | "books";

const keyOf = (desk: Desk): string => `/registry/${desk}`;

/** `host:port`; empty: this fleet has no such desk. */
export const announceDesk = (
  coordination: Pick<Coordination, "put">,
  desk: Desk,
  place: string,
): Promise<void> => announce(coordination, { key: keyOf(desk), value: place });

export interface DeskPlace {
  /** Undefined: not known yet. */
  readonly place: () => string | undefined;
  readonly stop: () => void;
}

export function watchDesk(coordination: Pick<Coordination, "watch">, desk: Desk): DeskPlace {
  const own = keyOf(desk);
  let place: string | undefined;
  const stop = coordination.watch(own, ({ entries }) => {
    place = entries.find(({ key }) => key === own)?.value;
  });
  return { place: () => place, stop };
}
