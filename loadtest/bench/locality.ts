// What locality brings and what it costs in fairness: conversations of many tenants on a few replicas, under policies
// that trade the one for the other, over the whole range of the trade.

import { parseArgs } from "node:util";
import type { FairnessRow } from "./fairness/rows.ts";
import { rowOf } from "./fairness/rows.ts";
import { lengthDivisor } from "./locality/block-bytes.ts";
import { conversationsOf } from "./locality/conversations.ts";
import type { Fleet, LocalityVariant } from "./locality/measure.ts";
import { measure, planFor } from "./locality/measure.ts";

const tenants = 16;

/** µcost per weight. */
const widths = [60_000, 250_000, 1_000_000, 4_000_000, 16_000_000];

const variants: readonly LocalityVariant[] = [
  { policy: "fcfs" },
  { policy: "vtc" },
  ...widths.map((width) => ({ policy: "dlpm", width }) as const),
  ...[0, ...widths].map((width) => ({ policy: "wfq", width }) as const),
  ...[0, ...widths].map((width) => ({ policy: "sfq", width }) as const),
];

const nameOf = ({ policy, width }: LocalityVariant): string =>
  width === undefined ? policy : `${policy}:${width}`;

const help = `npm run bench -- locality [--json] [--trace FILE] [--policies P[,P…]] [--seeds N] [--minutes N] [--replicas N] [--speed X]

Production tenant queues, router with its prefix index, KV accountant, workers and simulated engines in virtual time:
${tenants} tenants' conversations on replicas of Llama-3.1-8B on an H100 (444,000 KV tokens each, budget 2,048 tokens a step).
Every length is a ${lengthDivisor}th of the trace's and every step takes ${lengthDivisor} times as long: times are the trace's own, and a replica's KV
holds ${lengthDivisor} times as many conversations. A row per policy and width: medians over seeds, …_range beside each.

policies     ${variants.map(nameOf).join(", ")}
             the figure is θ_locality of wfq and sfq, the quantum of dlpm: µcost per weight.
--trace FILE a Mooncake JSONL trace whose requests name their blocks of 512 tokens; without, a seeded generator of the same structure
--seeds N    draws (5): of the generator, or of where in its 3 s each arrival of the trace lies. Who sends what is the same in all:
             dealt by a hash of the conversation's first distinct block, four tenants having four times and four twice the others' share
--minutes N  of the trace (20); --speed X: how many times as fast it arrives (6: overload); --replicas N (4)

windowed_…   the windowed gap on all tokens; executed_windowed_…: on what was computed, which is what is charged
hit_rate     prompt tokens found cached; hit_rate_infinite: by a cache without bounds, in namespaces, and in one namespace for all
cross_namespace_hit_tokens  found cached by an engine, and never asked for by another request of the tenant: must be 0`;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      trace: { type: "string" },
      policies: { type: "string" },
      seeds: { type: "string", default: "5" },
      minutes: { type: "string", default: "20" },
      replicas: { type: "string", default: "4" },
      speed: { type: "string", default: "6" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const minutes = numberOf("--minutes", values.minutes, [1, 60]);
  const speed = numberOf("--speed", values.speed, [0.1, 100]);
  const seeds = whole("--seeds", values.seeds, 100);
  const horizonS = Math.floor((minutes * 60) / speed);
  if (horizonS < 70) throw new Error("--minutes, --speed: less than the 70 s that a window needs");
  const fleet = { replicas: whole("--replicas", values.replicas, 64), tenants, horizonS };
  const draws = Array.from({ length: seeds }, (_, index) =>
    conversationsOf(values.trace, { minutes, speed, tenants }, index + 1),
  );
  const rows = variantsNamed(values.policies).map((variant) => rowFor(variant, fleet, draws));
  if (!values.json) console.table(rows.map(withoutRanges));
  return { source: values.trace ?? "generator", minutes, speed, ...fleet, lengthDivisor, rows };
}

function rowFor(
  variant: LocalityVariant,
  fleet: Fleet,
  draws: readonly ReturnType<typeof conversationsOf>[],
): FairnessRow {
  const name = nameOf(variant);
  console.error(`bench locality: ${name}…`);
  const runs = draws.map((requests) => measure(requests, variant, fleet));
  const settings = { ...planFor(variant, fleet), horizonS: fleet.horizonS };
  return rowOf("locality", name, { settings, runs });
}

function variantsNamed(list: string | undefined): readonly LocalityVariant[] {
  if (list === undefined) return variants;
  return list.split(",").flatMap((name) => {
    const found = variants.filter(
      (variant) => nameOf(variant) === name.trim() || variant.policy === name.trim(),
    );
    if (found.length > 0) return found;
    throw new Error(`--policies: "${name}" is none of ${variants.map(nameOf).join(", ")}`);
  });
}

function whole(flag: string, text: string, most: number): number {
  const value = numberOf(flag, text, [1, most]);
  if (!Number.isInteger(value)) throw new Error(`${flag}: "${text}" is not a whole number`);
  return value;
}

function numberOf(flag: string, text: string, [least, most]: readonly [number, number]): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`${flag}: "${text}" is not a number from ${least} to ${most}`);
}

/** For a table that fits a screen. */
const withoutRanges = (row: FairnessRow): object =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith("_range")));
