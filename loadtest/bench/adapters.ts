// What residency of adapters brings: throughput as they grow in number, and the rate that evictions and placements bear
// within targets for first and later tokens.

import { parseArgs } from "node:util";
import type { EvictionName } from "#shared/model/adapter-policy.ts";
import { evictionNames } from "#shared/model/adapter-policy.ts";
import type { BenchPlacement } from "./adapters/measure.ts";
import type { PolicyCase, PolicyRow } from "./adapters/policies.ts";
import { PolicyBench } from "./adapters/policies.ts";
import { scalingCases, scalingRows } from "./adapters/scaling.ts";
import type { ScalingRow } from "./adapters/scaling.ts";

const counts = [5, 100, 1000, 2000];
const placements: readonly BenchPlacement[] = [
  "random-at-arrival",
  "random",
  "least-work",
  "home",
  "homes",
];

const warm = {
  ram: "all",
  adapters: 200,
  slots: 8,
  hostBytesMax: 1e13,
  targets: { ttftMs: 2000, tpotMs: 50 },
  seconds: 15,
} as const;
/** A cold load of the largest takes 2.4 s: a first token may take 4. */
const cold = {
  ...warm,
  ram: "part",
  hostBytesMax: 16e9,
  targets: { ttftMs: 4000, tpotMs: 50 },
  seconds: 20,
} as const;

interface Compared {
  readonly of: PolicyCase;
  readonly evictions: readonly EvictionName[];
  readonly placements: readonly BenchPlacement[];
}

const compared: readonly Compared[] = [
  { of: { ...warm, replicas: 8 }, evictions: evictionNames, placements },
  // One replica: there is nowhere else to go.
  {
    of: { ...warm, replicas: 1, seconds: 40 },
    evictions: evictionNames,
    placements: ["random-at-arrival", "homes"],
  },
  { of: { ...cold, replicas: 8 }, evictions: ["lru", "rank-aware"], placements },
];

const quick: readonly Compared[] = [
  {
    of: { ...warm, replicas: 2, adapters: 60, slots: 4, seconds: 8 },
    evictions: ["lru"],
    placements: ["random-at-arrival", "homes"],
  },
];

/** Of one core's time; what is left then is left out, and said. */
const boundMs = 9 * 60_000;

const usedMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const help = `npm run bench -- adapters [--json] [--quick] [--only scaling|policies]

Production tenant queues, router, KV accountant, adapter caches, workers and simulated engines in virtual time; power law 1, ranks 8
to 128 in turn, 32 tenants of equal weight. Everything is seeded.

scaling   one replica, adapters of attention alone (as S-LoRA's), all in the host's RAM, room in the GPU for 160 (A100) or 256 (H100)
          of the mean rank; prompts and outputs of 8 to 512 tokens. tokens_per_s: prompt and output, after a warm-up, until the last
          arrival; relative: to five adapters; ms_per_token: from arrival to the last token, per output token. The A100 is a roofline,
          measured nowhere.
policies  8 GPU slots a replica, 200 adapters of all linear modules of an 8B model on H100s of a host each; prompts of 8 to 512,
          outputs of 8 to 256 tokens; five times in a run the four most popular become the least popular.
          slo_capacity_rps: the largest rate, on a grid of 8 %, at which 99 % of the requests after the warm-up have their first token
          within 2 s (ram "part": 4 s) and later ones 50 ms apart on average. ttft_p99_ms and max_gap (the router's audit, output
          tokens per weight) at offered_rps, the same for all.
          ram "all": every host has all adapters in RAM (S-LoRA's premise); "part": 16 GB of 52, the most popular at first
          random-at-arrival: a balancer that knows nothing before replicas that serve in order of arrival and load on demand; the
          other placements are the router's: random among those that can take it, least-work (a load counts a flat 2,048 tokens),
          home (rendezvous hashing, price by bytes and tier), homes (as that, popular ones have several)
--quick   two small rows`;

export interface AdaptersResult {
  readonly scaling: readonly ScalingRow[];
  readonly policies: readonly (PolicyRow & { readonly relative: number })[];
  readonly left_out: number;
}

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const { only } = values;
  if (only !== undefined && only !== "scaling" && only !== "policies") {
    throw new Error(`--only: "${only}" is neither scaling nor policies`);
  }
  const result = benchAdapters({ isQuick: values.quick, only });
  if (!values.json) {
    console.table(result.scaling);
    console.table(result.policies);
  }
  return result;
}

interface Wanted {
  readonly isQuick: boolean;
  readonly only: "scaling" | "policies" | undefined;
}

export function benchAdapters({ isQuick, only }: Wanted): AdaptersResult {
  const untilMs = usedMs() + boundMs;
  const scaling: ScalingRow[] = [];
  for (const of of isQuick || only === "policies" ? [] : scalingCases) {
    console.error(`bench adapters: scaling, ${of.name}…`);
    scaling.push(...scalingRows(of, counts, { eviction: "lru", placement: "homes" }));
  }
  const policies: PolicyRow[] = [];
  let leftOut = 0;
  for (const comparison of only === "scaling" ? [] : isQuick ? quick : compared) {
    const bench = new PolicyBench(comparison.of);
    for (const variant of variantsOf(comparison)) {
      if (usedMs() > untilMs) {
        leftOut += 1;
        continue;
      }
      const { ram, replicas } = comparison.of;
      const { eviction, placement } = variant;
      console.error(`bench adapters: ${replicas} replicas, ram ${ram}, ${placement}, ${eviction}…`);
      policies.push(bench.row(variant));
    }
  }
  return {
    scaling,
    policies: policies.map((row) => withRelative(row, policies)),
    left_out: leftOut,
  };
}

const variantsOf = ({
  evictions,
  placements: places,
}: Compared): readonly { readonly eviction: EvictionName; readonly placement: BenchPlacement }[] =>
  places.flatMap((placement) => evictions.map((eviction) => ({ eviction, placement })));

/** To what a balancer without knowledge and the least recently used bear. */
function withRelative(
  row: PolicyRow,
  all: readonly PolicyRow[],
): PolicyRow & { readonly relative: number } {
  const base = all.find(
    ({ ram, replicas, eviction, placement }) =>
      ram === row.ram &&
      replicas === row.replicas &&
      eviction === "lru" &&
      placement === "random-at-arrival",
  );
  const { slo_capacity_rps: bears = 0 } = base ?? {};
  const relative = bears === 0 ? 0 : row.slo_capacity_rps / bears;
  return { ...row, relative: Math.round(relative * 100) / 100 };
}
