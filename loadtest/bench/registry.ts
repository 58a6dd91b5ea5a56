// `npm run bench -- registry`: how soon what an operator changes is so on every edge of a real fleet.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { untilInterrupted } from "./interruption.ts";
import type { Wanted } from "./registry/desired-doors.ts";
import type { KeyFigures } from "./registry/keys.ts";
import { measureKeys } from "./registry/keys.ts";
import type { AliasFigures, RolloutFigures } from "./registry/names.ts";
import { measureAliases, measureRollouts } from "./registry/names.ts";

const help = `npm run bench -- registry [--json] [--edges 4] [--times 50] [--only keys|aliases|rollouts]

Brings a local fleet up, changes its desired state --times times by the admin API, and asks every edge every 5 ms until it acts on
the change. All on loopback, then taken down.

keys: key_created (until a new key is let in on every edge), key_revoked (until it is refused on every edge, 401).
aliases: alias_set (until every edge says of the alias that it leads to its new target).
rollouts: rollout_promoted (until every edge admits to the new version), rollout_aborted (until every edge admits to the old one again);
asked with requests that go no further than that, by the header x-fairlead-adapter.

Each has changes, every_edge_p50_ms, every_edge_p99_ms, every_edge_max_ms (from the command to the last edge), first_edge_p50_ms,
command_p50_ms (until the command itself was answered; the admin API looks every 50 ms whether a rollout has heeded it). A revocation
is to be so within 5,000 ms everywhere, a name within 1,000 ms.`;

interface Measures {
  readonly keys: KeyFigures;
  readonly aliases: AliasFigures;
  readonly rollouts: RolloutFigures;
}

/** Each is one part of the answer, under its name. */
const measures: {
  readonly [Name in keyof Measures]: (
    state: ClusterState,
    wanted: Wanted,
  ) => Promise<Measures[Name]>;
} = { keys: measureKeys, aliases: measureAliases, rollouts: measureRollouts };

type Figures = { readonly edges: number } & Partial<Measures>;

export async function run(args: string[]): Promise<Figures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      edges: { type: "string", default: "4" },
      times: { type: "string", default: "50" },
      only: { type: "string" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const edges = wholeNumber("--edges", values.edges, 8);
  const times = wholeNumber("--times", values.times, 1_000);
  const names = Object.keys(measures) as (keyof Measures)[];
  const chosen = names.filter((name) => values.only === undefined || values.only === name);
  if (chosen.length === 0) throw new Error(`--only must be one of ${names.join(", ")}`);
  const say = values.json ? () => undefined : (line: string) => console.log(line);
  fetchServers();
  const folder = join(tmpdir(), `fairlead-bench-registry-${process.pid}`);
  try {
    return await untilInterrupted(async () => {
      const state = await clusterUp({ folder, edges, onProgress: say });
      const figures: Record<string, unknown> = {};
      for (const name of chosen) figures[name] = await measures[name](state, { times, say });
      return { edges, ...figures };
    });
  } finally {
    await clusterDown(folder);
  }
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`${flag} must be a whole number from 1 to ${max}, not "${text}"`);
}
