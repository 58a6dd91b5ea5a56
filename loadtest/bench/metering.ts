// `npm run bench -- metering`: usage from emitters to the ledger, over real servers, with every part of it killed on the way;
// and whether each account that was handed in is in the ledger once, to the microsecond.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { untilInterrupted } from "./interruption.ts";
import type { MeteringFigures } from "./metering/run-metering.ts";
import { faultNames, runMetering } from "./metering/run-metering.ts";

const help = `npm run bench -- metering [--json] [--seconds 60] [--events-per-s 20000] [--emitters 4] [--metering 2] [--servers 3] [--calm] [--without-outbox]

Emitters (each the meter, the outbox on disk and the stream device of an edge) are handed --events-per-s final accounts a second in all;
one in ten is told when it opens as well, one in twenty a second time by another emitter. --servers NATS servers with a file store, one
Postgres that syncs, --metering processes between them. After 40 % of --seconds: an emitter is killed and restarted on its folder, a
metering process, all of NATS, all of NATS with its store lost, and Postgres restarted. --calm: no faults. --without-outbox: nothing is
kept on disk, to compare what that costs.

events_per_s: final accounts that reached the ledger in the calm part. lag_p99_ms: from handed in to readable in the ledger, calm;
lag_with_faults_p99_ms: from the first fault on. Emitters write down outside of themselves what they hand in; compared with the ledger's
rows: lost (handed in, not there), duplicated (more there than was handed in, or rows of nobody), conservation_error_pct (GPU time handed
in beside GPU time in the ledger). unkept_at_kill: handed in within the group commit that a SIGKILL cut short, and not in the ledger: what
the second witness of a request is for; not counted as lost. cpu_us_per_event: CPU of each part for one account, calm.`;

export async function run(args: string[]): Promise<MeteringFigures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      seconds: { type: "string", default: "60" },
      "events-per-s": { type: "string", default: "20000" },
      emitters: { type: "string", default: "4" },
      metering: { type: "string", default: "2" },
      servers: { type: "string", default: "3" },
      calm: { type: "boolean", default: false },
      "without-outbox": { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const count = wholeNumber("--servers", values.servers, 3);
  const servers = count === 1 ? 1 : 3;
  if (count === 2) throw new Error("--servers: 1 or 3, for two cannot agree");
  fetchServers();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-metering-"));
  try {
    return await untilInterrupted(() =>
      runMetering({
        folder,
        servers,
        seconds: wholeNumber("--seconds", values.seconds, 3_600),
        perSecond: wholeNumber("--events-per-s", values["events-per-s"], 1_000_000),
        emitters: wholeNumber("--emitters", values.emitters, 64),
        meterings: wholeNumber("--metering", values.metering, 16),
        hasOutbox: !values["without-outbox"],
        faults: values.calm ? [] : faultNames,
        say: values.json ? () => undefined : (line) => console.log(line),
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function wholeNumber(flag: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new Error(`${flag}: expected a whole number from 1 to ${most}, not "${text}"`);
  }
  return number;
}
