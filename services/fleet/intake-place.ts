// Where the fleet's edges reach whoever takes adapters in: said through coordination by the one process that does.

import { announce } from "#shared/coordination/announce.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";

const intakeKey = "/registry/intake";

/** `host:port`; empty: this fleet has no object store, and takes none in. */
export const announceIntake = (
  coordination: Pick<Coordination, "put">,
  place: string,
): Promise<void> => announce(coordination, { key: intakeKey, value: place });

export interface IntakePlace {
  /** Undefined: not known yet. */
  readonly place: () => string | undefined;
  readonly stop: () => void;
}

export function watchIntake(coordination: Pick<Coordination, "watch">): IntakePlace {
  let place: string | undefined;
  const stop = coordination.watch(intakeKey, ({ entries }) => {
    place = entries.find(({ key }) => key === intakeKey)?.value;
  });
  return { place: () => place, stop };
}
