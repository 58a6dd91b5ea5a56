// What `npm run chaos` understands behind its name.

import { parseArgs } from "node:util";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

const defaults = {
  streams: 300,
  times: 12,
  every: 5,
  workers: 4,
  edges: 2,
  tokens: 400,
  slow: 400,
};

export const help: string = `npm run chaos -- SCENARIO… | all [--json] [--streams N] [--times N] [--every SECONDS]

Brings a local fleet up (separate processes, 3 NATS, 3 etcd, Postgres), keeps ${defaults.streams} streams open on it, does harm,
and judges from outside: every text by the oracle, every bill by what its client received, the books when all is over.

${scenarios.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n")}

  --streams N   open at once (${defaults.streams})         --workers N, --edges N   of the fleet (${defaults.workers}, ${defaults.edges})
  --times N, --every S   repetitions of the fault and seconds between them, where the scenario repeats it (${defaults.times}, ${defaults.every})
  --tokens N    of the longest output (${defaults.tokens})  --slow PERCENT   the simulated engines' step time (${defaults.slow} % of their table's)

A row: scenario, streams (accepted), failed (accepted, and ended neither whole nor by their own client; failed_with_edge: by
 a broken socket of an edge that died, which no edge read on), left_behind (broken with its edge, and its client stayed away), resumed (read on at another edge), repeated (kept by nobody, asked for again under their key), lost_tokens, duplicated_tokens, foreign_tokens, leaked (what is still held at rest), gap_p50_ms, gap_p99_ms
(the longest pause of each stream that met a fault), recovered_ms (from a fault to the first token of a stream asked for after
it, for the tenant that waited longest), billing_errors (a bill that is missing, twice, open, or not what was received: of a stream that was not whole up to 256 tokens more),
unsettled (bills still open), wrong_bills (the first five of these errors, in words), refused (not accepted, by code), wrong (what a scenario judges itself).
The exit code is 1 if a scenario failed a stream it had not to, or lost, repeated, leaked or misbilled anything, or saw a wrong, or came to no verdict (undecided: why).`;

export type CommandLine =
  | { readonly kind: "help" }
  | { readonly kind: "mistake"; readonly why: string }
  | ({ readonly kind: "run" } & ChaosCommand);

export interface ChaosCommand {
  readonly scenarios: readonly Scenario[];
  readonly isJson: boolean;
  readonly streams: number;
  readonly times: number;
  readonly everyMs: number;
  readonly workers: number;
  readonly edges: number;
  readonly outputTokensMax: number;
  readonly slowPercent: number;
}

const options = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  streams: { type: "string" },
  times: { type: "string" },
  every: { type: "string" },
  workers: { type: "string" },
  edges: { type: "string" },
  tokens: { type: "string" },
  slow: { type: "string" },
} as const;

class Mistake extends Error {}

export function readCommandLine(words: readonly string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options,
      allowPositionals: true,
    });
    if (values.help === true) return { kind: "help" };
    const whole = (name: keyof typeof defaults, max: number): number =>
      wholeNumber(name, values[name] ?? String(defaults[name]), max);
    return {
      kind: "run",
      scenarios: scenariosNamed(positionals),
      isJson: values.json === true,
      streams: whole("streams", 2000),
      times: whole("times", 1000),
      everyMs: whole("every", 600) * 1000,
      workers: whole("workers", 32),
      edges: whole("edges", 9),
      outputTokensMax: whole("tokens", 4096),
      slowPercent: whole("slow", 100_000),
    };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (error instanceof Mistake) return { kind: "mistake", why: message };
    if (!code.startsWith("ERR_PARSE_ARGS")) throw error;
    return { kind: "mistake", why: message.split(/\.\s/)[0] ?? "" };
  }
}

function scenariosNamed(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) throw new Mistake("expected a scenario, or all");
  if (names.length === 1 && names[0] === "all") return scenarios;
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Mistake(`no scenario is called "${name}"`);
    return found;
  });
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new Mistake(`--${name}: expected a whole number from 1 to ${max}, found "${text}"`);
}
