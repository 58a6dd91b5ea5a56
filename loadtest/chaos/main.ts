// `npm run chaos -- SCENARIO`: a fleet of real processes, load, harm, and a verdict from outside.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { Interrupted, untilInterrupted } from "#loadtest/bench/interruption.ts";
import type { ChaosCommand } from "./command-line.ts";
import { help, readCommandLine } from "./command-line.ts";
import { isUnharmed } from "./judge/verdict.ts";
import type { PartedZone } from "./partition/part-zone.ts";
import type { ChaosRow } from "./run-scenario.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";

const usageExit = 2;

/** A fleet of its own each: what one scenario leaves behind is not the next one's doing. */
async function onFleet(scenario: Scenario, command: ChaosCommand): Promise<ChaosRow> {
  const say = (line: string): void => {
    if (!command.isJson) console.error(`chaos: ${line}`);
  };
  const folder = join(tmpdir(), `fairlead-chaos-${process.pid}`);
  const { edges, workers, slowPercent } = command;
  const settings = {
    FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: String(slowPercent),
    ...scenario.settings,
  };
  let parted: PartedZone | undefined;
  try {
    return await untilInterrupted(async () => {
      const state = await clusterUp({ folder, edges, workers, settings });
      parted = await scenario.arrange?.(folder);
      return runScenario(scenario, state, { ...command, say, parted });
    });
  } finally {
    await clusterDown(folder);
    parted?.close();
  }
}

/** A fleet that did not come to its verdict has failed, and the next scenario has one of its own. */
async function run(command: ChaosCommand): Promise<number> {
  fetchServers();
  const rows: ChaosRow[] = [];
  const undecided: Record<string, string> = {};
  for (const scenario of command.scenarios) {
    if (!command.isJson) console.error(`chaos: ${scenario.name}`);
    try {
      const row = await onFleet(scenario, command);
      rows.push(row);
      if (!command.isJson) console.log(JSON.stringify(row));
    } catch (failure) {
      if (failure instanceof Interrupted) throw failure;
      undecided[scenario.name] = (failure as Error).message;
      console.error(`chaos: ${scenario.name} has no verdict: ${(failure as Error).message}`);
    }
  }
  const harmed = rows.filter((row) => !isUnharmed(row)).map(({ scenario }) => scenario);
  const failed = [...harmed, ...Object.keys(undecided)];
  console.log(JSON.stringify({ rows, failed, undecided }));
  return failed.length === 0 ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  const asked = readCommandLine(words);
  if (asked.kind === "run") return run(asked);
  if (asked.kind === "help") {
    console.log(help);
    return 0;
  }
  console.error(`chaos: ${asked.why}. See npm run chaos -- --help`);
  return usageExit;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (failure) {
  console.error(`chaos: ${(failure as Error).message}`);
  process.exit(1);
}
