// The command line of `npm run load` as a plan: every flag is judged before anything is sent or announced.

import { parseArgs } from "node:util";
import type { LoadTenant } from "./assign-tenants.ts";
import { parseTenants } from "./assign-tenants.ts";
import type { GeneratorName } from "./generators.ts";
import { generatorNames } from "./generators.ts";
import type { Slo } from "./tenant-report.ts";

export const help: string = `npm run load -- (--workload NAME | --trace FILE) [options]

  --workload NAME     ${generatorNames.join(", ")}: seeded generators
  --trace FILE        an Azure CSV, arena CSV or Mooncake JSONL file, read in place
  --url URL[,URL…]    the platform, http (default http://127.0.0.1:8080, or FAIRLEAD_HTTP_PORT);
                      several edges of one fleet are used in turn
  --model ID          (default llama-3.1-8b)
  --tenants LIST      name=key*share,… (default the three demo tenants, equal shares)
  --rate R            generators: requests per second (default: the trace's own)
  --time-scale X      traces: X times as fast (default 1)
  --duration S        wall seconds of arrivals (default 300; generators 60)
  --slo-ttft-ms N     goodput target (default 2000)
  --slo-tpot-ms N     goodput target (default 60)
  --open-max N        open streams at once (default 2000)
  --seed N            (default 1)
  --json              the last line is one JSON object

Exit codes: 0 something completed, 1 nothing did or the platform cannot be used, 2 wrong command line.`;

/** The command line itself is wrong. */
export class UsageError extends Error {}

export type WorkloadChoice =
  | { readonly kind: "trace"; readonly file: string; readonly timeScale: number }
  | { readonly kind: "generator"; readonly name: GeneratorName; readonly rate?: number };

export interface LoadPlan {
  readonly workload: WorkloadChoice;
  readonly durationMs: number;
  /** At least one; used in turn. */
  readonly urls: readonly [URL, ...URL[]];
  readonly model: string;
  readonly tenants: readonly LoadTenant[];
  readonly slo: Slo;
  readonly openMax: number;
  readonly seed: number;
  readonly isJson: boolean;
}

const options = {
  workload: { type: "string" },
  trace: { type: "string" },
  url: { type: "string" },
  model: { type: "string", default: "llama-3.1-8b" },
  tenants: { type: "string", default: "acme=fl-demo-acme,bolt=fl-demo-bolt,corner=fl-demo-corner" },
  rate: { type: "string" },
  "time-scale": { type: "string" },
  duration: { type: "string" },
  "slo-ttft-ms": { type: "string", default: "2000" },
  "slo-tpot-ms": { type: "string", default: "60" },
  "open-max": { type: "string", default: "2000" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;
type Flags = ReturnType<typeof parse>;

/** Throws a `UsageError` that names the flag. */
export function readFlags(words: readonly string[], environment: Environment): LoadPlan | "help" {
  const flags = parse(words);
  if (flags.help) return "help";
  const workload = chooseWorkload(flags);
  const durationS = flags.duration ?? (workload.kind === "trace" ? "300" : "60");
  return {
    workload,
    durationMs: positive("duration", durationS) * 1000,
    urls: platformUrls(flags.url, environment),
    model: flags.model,
    tenants: tenantsOf(flags.tenants),
    slo: {
      ttftMs: positive("slo-ttft-ms", flags["slo-ttft-ms"]),
      tpotMs: positive("slo-tpot-ms", flags["slo-tpot-ms"]),
    },
    openMax: whole("open-max", flags["open-max"]),
    seed: whole("seed", flags.seed),
    isJson: flags.json,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: joinNegatives(words), options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--rate -5` is a wrong rate, not two flags. */
function joinNegatives(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const flag = joined.at(-1) ?? "";
    if (/^-\d/.test(word) && /^--[a-z-]+$/.test(flag)) joined.splice(-1, 1, `${flag}=${word}`);
    else joined.push(word);
  }
  return joined;
}

function chooseWorkload(flags: Flags): WorkloadChoice {
  const { workload, trace, rate, "time-scale": timeScale } = flags;
  if ((workload === undefined) === (trace === undefined)) {
    throw new UsageError("give either --workload or --trace (see --help)");
  }
  if (trace !== undefined) {
    if (rate !== undefined) {
      throw new UsageError("--rate is for --workload; a trace is sped up with --time-scale");
    }
    return { kind: "trace", file: trace, timeScale: positive("time-scale", timeScale ?? "1") };
  }
  if (timeScale !== undefined) {
    throw new UsageError("--time-scale is for --trace; a generator's speed is its --rate");
  }
  const name = generatorNames.find((known) => known === workload);
  if (name === undefined) {
    throw new UsageError(`--workload: one of ${generatorNames.join(", ")}, not "${workload}"`);
  }
  return {
    kind: "generator",
    name,
    ...(rate === undefined ? {} : { rate: positive("rate", rate) }),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`--${name}: "${text}" is not a number above 0`);
}

function whole(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${name}: "${text}" is not a whole number above 0`);
}

function platformUrls(
  given: string | undefined,
  environment: Environment,
): readonly [URL, ...URL[]] {
  const text = given ?? `http://127.0.0.1:${environment["FAIRLEAD_HTTP_PORT"]?.trim() || "8080"}`;
  const source = given === undefined ? "FAIRLEAD_HTTP_PORT" : "--url";
  const [first = "", ...others] = text.split(",").map((part) => part.trim());
  return [platformUrl(first, source), ...others.map((part) => platformUrl(part, source))];
}

function platformUrl(text: string, source: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" && url.port !== "0") return url;
  throw new UsageError(
    `${source}: "${text}" is not where a platform listens; expected one such as http://127.0.0.1:8080`,
  );
}

function tenantsOf(text: string): readonly LoadTenant[] {
  try {
    return parseTenants(text);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
