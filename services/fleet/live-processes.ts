// The processes registered now, as coordination tells: whoever of them does not answer an operator is named.

import { processPrefix } from "#shared/coordination/coordination-keys.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";

export interface LiveProcesses {
  names(): readonly string[];
  stop(): void;
}

export function liveProcesses(coordination: Pick<Coordination, "watch">): LiveProcesses {
  let names: readonly string[] = [];
  const stop = coordination.watch(processPrefix, ({ entries }) => {
    names = entries.map(({ key }) => key.slice(processPrefix.length));
  });
  return { names: () => names, stop };
}
