// What chunked prefill, and keeping its budget on whole tiles, is worth: how many requests a second one replica bears while
// 99 of 100 gaps between tokens stay within a target.

import { parseArgs } from "node:util";
import { generateWorkload } from "#loadtest/load/generators.ts";
import { readTrace } from "#loadtest/load/trace-file.ts";
import type { PlannedRequest } from "#loadtest/load/workload.ts";
import { kvCapacity } from "#services/worker/engine/kv-capacity.ts";
import { profileNamed, profileNames } from "#services/worker/engine/profiles.ts";
import type { StepProfile } from "#services/worker/engine/profiles/step-profile.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { CapacitySearch } from "./chunked-prefill/capacity.ts";
import type { ChunkVariant } from "./chunked-prefill/variants.ts";
import { variantNames, variants } from "./chunked-prefill/variants.ts";
import { rounded } from "./fairness/summary.ts";

const kvBlockTokens = 16;
const sequencesMax = 256;

const help = `npm run bench -- chunked-prefill [--trace FILE] [--profile NAME] [--targets MS[,MS…]] [--requests N] [--variants V[,V…]] [--json]

One simulated replica in virtual time under the arrivals of a trace, stretched to a rate: the highest rate at which the 99th percentile
of the gaps between a request's tokens is within the target and no queue grows (TTFT p90 ≤ 5 s). Rates are 3 % apart.

--trace FILE   an Azure CSV (or another that npm run load replays); without, a seeded generator after the same trace
--profile NAME (qwen25_72b/tp2/fp8) ${profileNames.join(", ")}
--targets      in ms (60,80,100,150)
--requests N   of the trace, from its beginning (1500)
--variants     ${variantNames.join(", ")}
    unchunked     a prompt is computed whole in one step, several together while they fit step_tokens
    fixed-512     512 prompt tokens beside whatever decodes
    misaligned    so many tokens a step in all, off the tiles of 256
    aligned       so many in all, whole tiles, prompts in order of arrival
    aligned-fair  the same as the product's engine does it: by tenants' shares, and a tail that would just begin a tile waits`;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      trace: { type: "string" },
      profile: { type: "string", default: "qwen25_72b/tp2/fp8" },
      targets: { type: "string", default: "60,80,100,150" },
      requests: { type: "string", default: "1500" },
      variants: { type: "string", default: variantNames.join(",") },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  if (!profileNames.includes(values.profile)) {
    throw new Error(`--profile: "${values.profile}" is none of ${profileNames.join(", ")}`);
  }
  const profile = profileNamed(values.profile);
  const targetsMs = values.targets.split(",").map((text) => numberOf("--targets", text, 100_000));
  const requests = requestsOf(values.trace, numberOf("--requests", values.requests, 100_000));
  const rows = variantsNamed(values.variants).flatMap((variant) =>
    rowsOf(variant, { profile, requests, targetsMs }),
  );
  const best = bestOf(rows);
  if (!values.json) {
    console.table(rows);
    console.table(best);
  }
  const source = values.trace ?? "generator after the Azure 2023 conversation trace";
  return { source, requests: requests.length, profile: profile.name, sequencesMax, best, rows };
}

interface CapacityRow {
  readonly variant: string;
  readonly step_tokens: number;
  readonly target_ms: number;
  readonly capacity_per_s: number;
  readonly output_tokens_per_s: number;
  readonly itl_p99_ms: number | null;
  readonly ttft_p90_ms: number | null;
}

/** Each way at the step size that suits it best, target by target. */
const bestOf = (rows: readonly CapacityRow[]): readonly CapacityRow[] =>
  [...Map.groupBy(rows, ({ variant, target_ms }) => `${target_ms} ${variant}`).values()]
    .map((same) => same.reduce((a, b) => (b.capacity_per_s > a.capacity_per_s ? b : a)))
    .toSorted((a, b) => a.target_ms - b.target_ms || b.capacity_per_s - a.capacity_per_s);

interface Question {
  readonly profile: StepProfile;
  readonly requests: readonly PlannedRequest[];
  readonly targetsMs: readonly number[];
}

function rowsOf(
  { name, stepTokens, terms }: ChunkVariant,
  { profile, requests, targetsMs }: Question,
): readonly CapacityRow[] {
  console.error(`bench chunked-prefill: ${name} of ${stepTokens}…`);
  const { kvTokens } = kvCapacity(profile.memory, { gpus: profile.gpus });
  const spec: SimulatedEngineSpec = {
    kind: "simulated",
    profile: profile.name,
    gpus: profile.gpus,
    kvBlocks: Math.floor(kvTokens / kvBlockTokens),
    kvBlockTokens,
    sequencesMax: Math.min(sequencesMax, stepTokens),
    stepTokensMax: stepTokens,
    adapterSlots: 0,
    timeScale: 1,
    ...terms,
  };
  const search = new CapacitySearch(spec, requests);
  return targetsMs.map((targetMs) => {
    const found = search.capacity(targetMs);
    return {
      variant: name,
      step_tokens: stepTokens,
      target_ms: targetMs,
      capacity_per_s: rounded(found?.perS ?? 0, 2),
      output_tokens_per_s: rounded(found?.figures.outputTokensPerS ?? 0, 0),
      itl_p99_ms: found === undefined ? null : rounded(found.figures.itlP99Ms, 1),
      ttft_p90_ms: found === undefined ? null : rounded(found.figures.ttftP90Ms, 0),
    };
  });
}

function requestsOf(trace: string | undefined, count: number): readonly PlannedRequest[] {
  const seed = 1;
  const workload =
    trace === undefined
      ? generateWorkload("conversation", { seed, durationMs: 3_600_000 })
      : readTrace(trace, seed);
  return workload.requests.slice(0, count);
}

function variantsNamed(list: string): readonly ChunkVariant[] {
  return list.split(",").flatMap((name) => {
    const found = variants.filter((variant) => variant.name === name.trim());
    if (found.length > 0) return found;
    throw new Error(`--variants: "${name}" is none of ${variantNames.join(", ")}`);
  });
}

function numberOf(flag: string, text: string, most: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${flag}: "${text}" is not a whole number from 1 to ${most}`);
}
