// `npm run bench -- limits`: one tenant's limit on the real fleet, asked through every edge at once, and while whoever
// owns the tenant is killed. Judged by the moments of admission, as the owners' own words pass the NATS servers.

import { join } from "node:path";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import { fetchServers } from "#deploy/local/cluster/fetch-servers.ts";
import { fleetFileIn } from "#deploy/local/cluster/fleet-file.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { untilInterrupted } from "./interruption.ts";
import {
  meanInWindows,
  mostForCertainInAWindow,
  mostInAWindow,
  windowMs,
} from "./limits/admission-windows.ts";
import type { Witness } from "./limits/admission-witness.ts";
import { Admissions } from "./limits/admissions.ts";
import { witnessAdmissions } from "./limits/admission-witness.ts";
import { startClients } from "./limits/client-process.ts";
import type { ClientCounts } from "./limits/client-words.ts";
import type { LimitKind } from "./limits/limited-fleet.ts";
import {
  limitedFleet,
  limitedKey,
  limitedTenant,
  outputTokens,
  promptTokens,
} from "./limits/limited-fleet.ts";
import { machineMs } from "./limits/machine-clock.ts";
import { killOwners } from "./limits/owner-kills.ts";

const help = `npm run bench -- limits [--json] [--edges 4] [--clients 200] [--limit 3000] [--tokens] [--kills]

Brings a local fleet up, gives one tenant a limit of so many requests a minute (--tokens: as many in tokens a minute)
and lets --clients clients at each edge ask as fast as they may: 125 s undisturbed, with --kills 130 s more in which
the control process that owns the tenant is killed and started again every 15 s. All on loopback, then taken down.

Rows: phase (calm, kills), limit, admitted, max_in_window (the most in any 60 s for certain, asked for and heard of within it:
never above the limit), max_heard (the most first heard of in any 60 s: above it by what a busy machine hears late),
used_percent (mean over all whole 60 s windows of the phase; at most 99.6, since an admission counts for up to a quarter
second longer than a minute), annulled (taken by an owner and refused by its successor: the client was told no),
completed and refused as the clients saw them, broken, kills (of the owner, each of them).
Both phases are one run: the windows of the second reach back into the first.`;

const calmMs = 125_000;
const killsMs = 130_000;
const killEveryMs = 15_000;
/** The registry's word has reached every edge and control process. */
const appliedMs = 3_000;
/** A run's windows must not be spoilt by how long the fleet takes to warm up. */
const warmUpMs = 1_000;

interface Wanted {
  readonly edges: number;
  readonly clients: number;
  readonly limit: number;
  readonly kind: LimitKind;
  readonly withKills: boolean;
  readonly say: (line: string) => void;
}

interface Row extends ClientCounts {
  readonly phase: "calm" | "kills";
  readonly limit: number;
  readonly per: LimitKind;
  readonly admitted: number;
  readonly max_in_window: number;
  readonly max_heard: number;
  readonly used_percent: number;
  readonly annulled: number;
  readonly kills: number;
}

export async function run(args: string[]): Promise<{ readonly rows: readonly Row[] } | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      tokens: { type: "boolean", default: false },
      kills: { type: "boolean", default: false },
      edges: { type: "string", default: "4" },
      clients: { type: "string", default: "200" },
      limit: { type: "string", default: "3000" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const wanted: Wanted = {
    edges: wholeNumber("--edges", values.edges, 8),
    clients: wholeNumber("--clients", values.clients, 500),
    limit: wholeNumber("--limit", values.limit, 60_000),
    kind: values.tokens ? "tokens" : "requests",
    withKills: values.kills,
    say: values.json ? () => undefined : (line) => console.log(line),
  };
  const rows = await onCluster(wanted);
  for (const row of rows) {
    wanted.say(
      `${row.phase}: ${row.admitted} admitted, at most ${row.max_in_window} (heard ${row.max_heard}) in 60 s of ${row.limit}, ${row.used_percent} % used, ${row.kills} kills`,
    );
  }
  return { rows };
}

async function onCluster(wanted: Wanted): Promise<readonly Row[]> {
  fetchServers();
  const folder = join(tmpdir(), `fairlead-bench-limits-${process.pid}`);
  const { edges, kind, limit, say } = wanted;
  const settings = { FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: "10" };
  try {
    return await untilInterrupted(async () => {
      const state = await clusterUp({ folder, edges, settings, onProgress: say });
      await apply(state, limitedFleet(fleetFileIn(folder), kind, limit));
      await sleep(appliedMs);
      return measure(state, wanted);
    });
  } finally {
    await clusterDown(folder);
  }
}

async function apply({ members }: ClusterState, body: string): Promise<void> {
  const admin = members.find(({ role }) => role === "registry")?.admin ?? "";
  const answer = await fetch(`http://${admin}/admin/v1/fleet`, {
    method: "PUT",
    headers: { "content-type": "application/yaml" },
    body,
  });
  if (!answer.ok) throw new Error(`the fleet was not applied: ${await answer.text()}`);
}

async function measure(state: ClusterState, wanted: Wanted): Promise<readonly Row[]> {
  const { withKills, say } = wanted;
  const witness = await witnessOf(state);
  const admissions = new Admissions(witness);
  try {
    await sleep(warmUpMs);
    const calm = await phase(state, admissions, { ...wanted, name: "calm" });
    if (!withKills) return [calm];
    say("the owner is killed every 15 s");
    return [calm, await phase(state, admissions, { ...wanted, name: "kills" })];
  } finally {
    await witness.close();
  }
}

async function phase(
  { folder, members }: ClusterState,
  admissions: Admissions,
  { name, clients: clientsPerEdge, limit, kind, say }: Wanted & { readonly name: Row["phase"] },
): Promise<Row> {
  const urls = members.filter(({ role }) => role === "edge").map(({ http }) => `http://${http}`);
  const settings = { urls, clientsPerEdge, key: limitedKey, promptTokens, outputTokens };
  const fromMs = machineMs();
  const clients = startClients(settings);
  try {
    say(`${urls.length} × ${clientsPerEdge} clients ask`);
    const kills =
      name === "kills"
        ? await killOwners({
            folder,
            tenant: limitedTenant,
            forMs: killsMs,
            everyMs: killEveryMs,
            say,
          })
        : await sleep(calmMs, 0);
    const untilMs = machineMs();
    const { counts, answered } = await clients.stop();
    const { admitted, annulled } = admissions.upTo(answered);
    // A window that ends in this phase may have begun in the one before.
    const since = admitted.filter(({ firstMs }) => firstMs >= fromMs - windowMs);
    const heardMs = since.map(({ firstMs }) => firstMs);
    const ofPhase = heardMs.filter((atMs) => atMs >= fromMs);
    const mean = meanInWindows(ofPhase, { fromMs: ofPhase[0] ?? fromMs, untilMs });
    return {
      phase: name,
      limit,
      per: kind,
      admitted: ofPhase.length,
      max_in_window: mostForCertainInAWindow(since),
      max_heard: mostInAWindow(heardMs),
      used_percent: Math.round((mean / limit) * 10_000) / 100,
      annulled,
      kills,
      ...counts,
    };
  } finally {
    await clients.end();
  }
}

function witnessOf({ members }: ClusterState): Promise<Witness> {
  const edge = members.find(({ role }) => role === "edge");
  const setting = (name: string): string => edge?.command.environment[name] ?? "";
  return witnessAdmissions({
    trustFiles: {
      caFile: setting("FAIRLEAD_TLS_CA_FILE"),
      certFile: setting("FAIRLEAD_TLS_CERT_FILE"),
      keyFile: setting("FAIRLEAD_TLS_KEY_FILE"),
    },
    natsServers: setting("FAIRLEAD_NATS_SERVERS").split(","),
    tenant: limitedTenant,
  });
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`${flag} must be a whole number from 1 to ${max}, not "${text}"`);
}
