// The tokenizers that a process needs, loaded before it serves: an edge counts with those of every model, a worker process
// reads the output of the models that it runs, the other roles need none.

import type { FleetRole } from "#shared/config/trust.ts";
import type { Fleet, Model } from "#shared/model/fleet.ts";
import type { Log } from "#shared/telemetry/pino-log.ts";
import type { TokenizerShelf } from "#shared/tokenizer/tokenizer-shelf.ts";
import { createTokenizerShelf } from "#shared/tokenizer/tokenizer-shelf.ts";

export interface ProcessTokenizers extends Pick<TokenizerShelf, "of" | "vocabularies"> {
  /** The fleet has changed: what cannot be loaded is logged, and its model refused. */
  follow(): void;
}

/** `models`: those that the process serves now. Throws an error that lists everything wrong with theirs. */
export function openTokenizers(models: () => readonly Model[], log: Log): ProcessTokenizers {
  const shelf = createTokenizerShelf();
  const problems = shelf.know(models());
  if (problems.length > 0) throw new Error(problems.join("\n  "));
  return {
    ...shelf,
    follow() {
      for (const problem of shelf.know(models())) {
        log.say("error", "a tokenizer cannot be used", { problem });
      }
    },
  };
}

export function modelsOf(role: FleetRole, fleet: Fleet, workerHost: string): readonly Model[] {
  if (role === "edge") return fleet.models;
  if (role !== "worker") return [];
  const pools = new Set(
    fleet.workers.filter(({ host }) => host === workerHost).map(({ pool }) => pool),
  );
  const ids = new Set(fleet.pools.filter(({ id }) => pools.has(id)).map(({ model }) => model));
  return fleet.models.filter(({ id }) => ids.has(id));
}
