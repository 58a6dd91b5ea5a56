// How fairly each policy serves tenants: published workloads through the production actors, one implementation of the
// metrics for all, and a gate that says whether either may be believed.

import { parseArgs } from "node:util";
import type { ArenaTrace } from "./fairness/arena.ts";
import { readArena } from "./fairness/arena.ts";
import { runGate } from "./fairness/gate.ts";
import type { GateRow } from "./fairness/gate.ts";
import { a10gSuites, arenaSuite } from "./fairness/a10g-suites.ts";
import { batchMix, noisyNeighbour } from "./fairness/h100-suites.ts";
import type { HouseSuite } from "./fairness/house-suite.ts";
import { policyVariants, variantsNamed } from "./fairness/policy-variants.ts";
import type { PolicyVariant } from "./fairness/policy-variants.ts";
import { rowOf } from "./fairness/rows.ts";
import type { FairnessRow } from "./fairness/rows.ts";

const h100Suites = [noisyNeighbour, batchMix];
const suiteNames = [
  "gate",
  ...a10gSuites.map(({ name }) => name),
  "arena",
  ...h100Suites.map(({ name }) => name),
];

const help = `npm run bench -- fairness [--json] [--suite S[,S…]] [--policies P[,P…]] [--seeds N] [--trace FILE]

Production tenant queues, router, KV accountant, worker and simulated engine in virtual time, with clients that ask for at
most 1,024 output tokens whatever they will get: only vtc-oracle is told. Same engine for all policies, chunked prefill on.
A row per suite and policy: medians over draws, …_range beside each its least and most; costs are VTC's (a prompt token 1,
an output token 2), windows a minute, gaps per weight, tokens_per_s over everything until the last completion.

suites       ${suiteNames.join(", ")}
             overload-2 and -8, on-off, weighted: 256/256 tokens, twelve draws of the arrival phases; short-long: Poisson, five
             draws; all on Llama-2-7B's timing on an A10G with room for 10,000 tokens, as VTC's published runs. arena needs
             --trace and runs it at 2.5, 2.7, 3.0 and 3.5 ms of host time a step; without a trace it is told as not run.
             On Llama-3-8B's timing on H100s, lengths after the Azure conversation trace, five draws, under fcfs, vtc and wfq
             unless --policies says otherwise: noisy-neighbour, four tenants at half of what a pool of four replicas was
             measured to serve, and one at ten times its share; batch-mix, chats at half of what one replica can serve, and long
             prompts with short answers in the band below at 40 % of what it can serve of those.
gate         the published unchunked loop under FCFS and VTC must give the published figures: tokens/s within 3 %, windowed
             average within 15 %, maximum within 25 % or inside the range over phases. Exit code 1 if it does not.
policies     ${policyVariants.map(({ name }) => name).join(", ")}
             rpm refuses what is above 20 requests a minute of a tenant; wfq-no-preempt is the default without preemption by
             the router, wfq-fifo-engine with an engine that fills its steps in order of arrival.
--trace FILE a trace in the arena CSV format: a first line arrival_s,client,prompt_tokens,output_tokens, then a request a
             line, arrivals in seconds from the start, client any whole number.`;

interface Plan {
  readonly suites: readonly string[];
  /** Absent: each suite's own. */
  readonly variants: readonly PolicyVariant[] | undefined;
  readonly seeds: number | undefined;
  readonly arena: ArenaTrace | undefined;
}

type Row = GateRow | FairnessRow | { readonly suite: string; readonly not_run: string };

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      suite: { type: "string", default: suiteNames.join(",") },
      policies: { type: "string" },
      seeds: { type: "string" },
      trace: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const plan: Plan = {
    suites: suitesNamed(values.suite),
    variants: values.policies === undefined ? undefined : variantsNamed(values.policies),
    seeds: values.seeds === undefined ? undefined : seedCount(values.seeds),
    arena: values.trace === undefined ? undefined : readArena(values.trace),
  };
  const rows = measureAll(plan);
  if (!values.json) console.table(rows.map(withoutRanges));
  return { rows };
}

function suitesNamed(list: string): readonly string[] {
  return list.split(",").map((name) => {
    if (suiteNames.includes(name)) return name;
    throw new Error(`--suite: "${name}" is none of ${suiteNames.join(", ")}`);
  });
}

function seedCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= 1000) return count;
  throw new Error(`--seeds: "${text}" is not a whole number from 1 to 1000`);
}

function measureAll(plan: Plan): readonly Row[] {
  return plan.suites.flatMap((name): readonly Row[] => {
    if (name === "gate") return gateRows(plan.arena);
    const suite = suiteNamed(name, plan.arena);
    if (suite === undefined) return [{ suite: name, not_run: "it needs its trace: --trace FILE" }];
    const variants = plan.variants ?? variantsNamed(suite.policies?.join(","));
    return variants.map((variant) => measure(suite, variant, plan.seeds ?? suite.seeds));
  });
}

const suiteNamed = (name: string, arena: ArenaTrace | undefined): HouseSuite | undefined =>
  name === "arena"
    ? arena && arenaSuite(arena)
    : [...a10gSuites, ...h100Suites].find((suite) => suite.name === name);

function gateRows(arena: ArenaTrace | undefined): readonly GateRow[] {
  console.error("bench fairness: gate…");
  const rows = runGate(arena);
  for (const { workload, policy, passed } of rows) {
    console.error(`bench fairness: gate, ${workload} ${policy}: ${passed ? "pass" : "FAIL"}`);
  }
  if (rows.some(({ passed }) => !passed)) process.exitCode = 1;
  return rows;
}

function measure(suite: HouseSuite, variant: PolicyVariant, seeds: number): FairnessRow {
  console.error(`bench fairness: ${suite.name}, ${variant.name}…`);
  const runs = Array.from({ length: seeds }, (_, index) => suite.run(variant, index + 1));
  return rowOf(suite.name, variant.name, { settings: suite.settings(variant), runs });
}

/** For a table that fits a screen. */
const withoutRanges = (row: Row): object =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith("_range")));
