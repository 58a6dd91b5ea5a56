// Rollouts in the one process that decides them: the keeper beside the deciders, and the desk that operators ask.

import type { InspectableHost, NoteRecord } from "#shared/actor/host.ts";
import { rolloutShelf } from "#services/registry/rollout-shelf.ts";
import type { RegistryPorts } from "#services/registry/registry.ts";
import { readEvaluators } from "#services/rollout/evaluators.ts";
import { RolloutDesk } from "#services/rollout/rollout-desk.ts";
import { RolloutKeeper } from "#services/rollout/rollout-keeper.ts";
import type { Closers } from "./closers.ts";

export interface RolloutPorts {
  readonly host: InspectableHost;
  readonly process: string;
  readonly registry: Pick<RegistryPorts, "sql" | "coordination">;
  readonly evaluatorsFile: string;
  readonly onNote: (record: NoteRecord) => void;
  readonly closers: Closers;
}

/** What was under way is decided from here on. */
export function openRollouts(ports: RolloutPorts): RolloutDesk {
  const { host, process, registry, evaluatorsFile, onNote, closers } = ports;
  const evaluators = readEvaluators(evaluatorsFile);
  const shelf = rolloutShelf(registry);
  const keeper = new RolloutKeeper({ host, process, shelf, evaluators, onNote });
  closers.add(async () => keeper.stop());
  void keeper.look();
  return new RolloutDesk({ host, shelf, keeper, evaluators });
}
