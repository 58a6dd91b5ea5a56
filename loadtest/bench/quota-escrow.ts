// `npm run bench -- quota-escrow`: one tenant's hard daily quota of tokens on the real fleet, used up through every edge at once while
// whoever owns the tenant is killed, and a member of the store. Judged by the clients' own count, by the ledger, and by what the store
// says was taken.

import { parseArgs } from "node:util";
import { untilInterrupted } from "./interruption.ts";
import { runOnCluster } from "./quota-escrow/cluster-run.ts";

const help = `npm run bench -- quota-escrow [--json] [--edges 4] [--clients 8] [--limit 200000] [--seconds 75] [--kill-every 12]

Brings a local fleet up, gives one tenant a hard quota of --limit tokens a day (and one a week that is half as much again, which must
not be met), and lets --clients clients at each edge ask so fast that it is used up after --seconds or so: streams, one in four cut by its
client. --kill-every seconds the control process that owns the tenant is killed and started again; in the middle of it one etcd member is
killed as well, and comes back ten seconds later. It goes on until everybody is refused for the quota and nobody is killed any more.

  delivered         prompt and output tokens of all that was answered, as its clients counted their texts: four letters a token
  billed            prompt and output tokens in the ledger
  overrun_tokens    the larger of both, beyond the limit: 0, or the quota was not kept
  kills             of the owner; etcd_kills: of a member of the store
  forfeited_tokens  taken of the quota, at rest, and billed to nobody: of each killed owner at most one slice
The exit code is 1 if there is an overrun, or more forfeited than a slice for each kill.`;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      edges: { type: "string", default: "4" },
      clients: { type: "string", default: "8" },
      limit: { type: "string", default: "200000" },
      seconds: { type: "string", default: "75" },
      "kill-every": { type: "string", default: "12" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const figures = await untilInterrupted(() =>
    runOnCluster({
      edges: count("edges", values.edges, 8),
      clients: count("clients", values.clients, 500),
      limit: count("limit", values.limit, 1_000_000_000),
      seconds: count("seconds", values.seconds, 3_600),
      killEveryMs: count("kill-every", values["kill-every"], 3_600) * 1000,
      say: (line) => console.error(`bench quota-escrow: ${line}`),
    }),
  );
  const { overrun_tokens, forfeited_tokens, kills, slice_tokens } = figures;
  if (overrun_tokens > 0 || forfeited_tokens > kills * slice_tokens) process.exitCode = 1;
  if (!values.json) console.table(figures);
  return figures;
}

function count(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new Error(`--${flag} must be a whole number from 1 to ${most}, not "${text}"`);
}
