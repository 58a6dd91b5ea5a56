// The registry as others use it: read the desired state, or replace it from a fleet file, which is then announced.

import type { Coordination } from "#shared/coordination/coordination.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId } from "#shared/model/ids.ts";
import type { AliasDesk } from "#shared/model/alias-desk.ts";
import { listAliases } from "./alias-store.ts";
import { readFleetFile } from "./fleet-file.ts";
import type { FleetProblem } from "./fleet-problems.ts";
import type { JudgeReplica } from "./fleet-references.ts";
import { announceFleet, watchFleet } from "./fleet-watch.ts";
import type { DesiredFleet } from "./desired-fleet.ts";
import type { FleetChange, WithProblems } from "./registry-store.ts";
import { registryStore } from "./registry-store.ts";
import type { Applied } from "./throttle-store.ts";

export type FleetApplied =
  | ({ readonly kind: "applied" } & FleetChange)
  | { readonly kind: "refused"; readonly problems: readonly FleetProblem[] };

export interface Registry extends AliasDesk {
  /** Undefined: nothing has been applied yet. */
  current(): Promise<Fleet | undefined>;
  /** `text` is a fleet file; `actor` is who asked, for the audit. It must leave the pools that are in use. */
  apply(text: string, actor: string, inUse?: readonly PoolInUse[]): Promise<FleetApplied>;
  /** What applying that file would change; changes nothing. */
  preview(text: string, inUse?: readonly PoolInUse[]): Promise<FleetApplied>;
  /** Scales what the tenant may use to so many percent, 1 to 99; 100 takes that back. Undefined: no such tenant. */
  throttle(tenant: string, percent: number, actor: string): Promise<Applied | undefined>;
  /** The newest fleet now and after each change. Returns how to stop. */
  watch(onFleet: (fleet: Fleet) => void, onFailure: (error: unknown) => void): () => void;
}

interface PoolInUse {
  readonly pool: PoolId;
  /** Waiting and running. */
  readonly requests: number;
}

export interface RegistryPorts {
  /** `migrate` has been run on it. */
  readonly sql: Sql;
  readonly coordination: Pick<Coordination, "put" | "watch">;
  /** What of a fleet's simulated replicas cannot be. */
  readonly judgeReplica: JudgeReplica;
}

export function openRegistry({ sql, coordination, judgeReplica }: RegistryPorts): Registry {
  const store = registryStore(sql);
  /** What is wrong with the file, with what it leaves out, or with what was there before it; else what `then` says. */
  const judged = async (
    { text, inUse }: { readonly text: string; readonly inUse: readonly PoolInUse[] },
    then: (fleet: DesiredFleet) => Promise<FleetChange | WithProblems>,
  ): Promise<FleetApplied> => {
    const reading = readFleetFile(text, judgeReplica);
    if (reading.kind === "problems") return { kind: "refused", problems: reading.problems };
    const missed = inUse.filter(({ pool }) => !reading.fleet.pools.some(({ id }) => id === pool));
    if (missed.length > 0) {
      return { kind: "refused", problems: reading.problemsAt(missed.map(stillInUse)) };
    }
    const change = await then(reading.fleet);
    return "problems" in change
      ? { kind: "refused", problems: reading.problemsAt(change.problems) }
      : { kind: "applied", ...change };
  };
  return {
    current: () => store.load(),
    apply: async (text, actor, inUse = []) => {
      const applied = await judged({ text, inUse }, (fleet) => store.apply(fleet, actor));
      // Announced even if nothing changed: the announcement of an earlier attempt may have been lost.
      if (applied.kind === "applied") await announceFleet(coordination, applied.version);
      return applied;
    },
    preview: (text, inUse = []) => judged({ text, inUse }, (fleet) => store.preview(fleet)),
    throttle: async (tenant, percent, actor) => {
      const applied = await store.throttle({ tenant, percent }, actor);
      if (applied !== undefined) await announceFleet(coordination, applied.version);
      return applied;
    },
    setAlias: async (wish, actor) => {
      const outcome = await store.setAlias(wish, actor);
      if (typeof outcome === "object") await announceFleet(coordination, outcome.version);
      return outcome;
    },
    aliases: () => listAliases(sql),
    watch: (onFleet, onFailure) => watchFleet({ coordination, store, onFleet, onFailure }),
  };
}

/** Its requests belong to it until they are over: without it they would wait in vain, the running ones too. */
const stillInUse = ({ pool, requests }: PoolInUse) => ({
  path: ["pools"],
  problem: `pool ${pool} would leave with ${requests} requests in it: first let nothing new go there (its tenant's \`pool: shared\`) and wait until it is empty, or apply with --force`,
});
