// How fairly each policy serves tenants: published workloads, one implementation of the metrics, and a gate that
// says whether either may be believed.

import { parseArgs } from "node:util";
import type { ArenaTrace } from "./fairness/arena.ts";
import { readArena } from "./fairness/arena.ts";
import { runGate } from "./fairness/gate.ts";

const help = `npm run bench -- fairness [--json] [--suite gate] [--trace FILE]

gate         the published unchunked loop under FCFS and VTC must give the published figures: tokens/s within 3 %, windowed
             average within 15 %, maximum within 25 % or inside the range over phases. Exit code 1 if it does not.
--trace FILE a trace in the arena CSV format: a first line arrival_s,client,prompt_tokens,output_tokens, then a request a
             line, arrivals in seconds from the start, client any whole number. The gate then has Arena's rows too.`;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      suite: { type: "string", default: "gate" },
      trace: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  if (values.suite !== "gate") throw new Error(`--suite: gate, not "${values.suite}"`);
  const arena: ArenaTrace | undefined =
    values.trace === undefined ? undefined : readArena(values.trace);
  const rows = runGate(arena);
  if (!values.json) console.table(rows);
  if (rows.some(({ passed }) => !passed)) process.exitCode = 1;
  return { rows };
}
