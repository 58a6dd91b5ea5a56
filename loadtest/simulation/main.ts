// The simulator's command line: runs seeds, or looks for planted bugs, or shows one seed; ends with one JSON object.

import process from "node:process";
import { clockText } from "./clock-text.ts";
import type { SimulationWanted } from "./command-line.ts";
import { help, parseCommandLine } from "./command-line.ts";
import { lookForPlanted } from "./look-for-planted.ts";
import type { SeedOptions } from "./run-seed.ts";
import { runSeed } from "./run-seed.ts";
import { runSeeds } from "./run-seeds.ts";

// Whoever reads only the first lines has read enough.
process.stdout.on("error", () => {});
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const asked = parseCommandLine(words);
  switch (asked.kind) {
    case "help":
      process.stdout.write(help);
      return 0;
    case "mistake":
      process.stderr.write(`sim: ${asked.why}. See npm run sim -- --help\n`);
      return 2;
    case "simulate":
      if (asked.untilMs !== undefined)
        return showSeed({ seed: asked.firstSeed, untilMs: asked.untilMs, tail: asked.tail });
      return simulate(asked);
    default:
      return asked satisfies never;
  }
}

async function simulate(wanted: SimulationWanted): Promise<number> {
  const tell = (line: string): void => {
    if (!wanted.isQuiet) process.stderr.write(`sim: ${line}\n`);
  };
  if (wanted.isPlanted) {
    const report = await lookForPlanted(wanted, tell);
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return report.found < report.planted ? 1 : 0;
  }
  const report = await runSeeds(wanted, tell);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.failed > 0 ? 1 : 0;
}

function showSeed(options: Required<Pick<SeedOptions, "seed" | "untilMs" | "tail">>): number {
  const { seed, untilMs } = options;
  const { tail, traceHash, arrivals } = runSeed(options);
  for (const { atMs, process: where, what, address, detail } of tail) {
    const said = typeof detail === "string" ? detail : JSON.stringify(detail, shortened);
    process.stdout.write(`${clockText(atMs)} ${where} ${what} ${address} ${said}\n`);
  }
  const report = { seed, until_ms: untilMs, events: arrivals, trace_hash: traceHash };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return 0;
}

/** Prompts and policies would drown the rest. */
function shortened(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value) && value.length > 12) return `${value.length} items`;
  return value;
}
