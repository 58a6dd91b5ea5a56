// `npm run bench -- rollout`: versions of one name, rolled out under steady load on an embedded platform: a good one arrives, and
// one that is slow, one that errs, one that answers wrongly and one that computes no numbers are taken back. Seen by the clients.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rolloutAccount } from "#shared/model/rollout.ts";
import type { RolloutRecord } from "#shared/model/rollout.ts";
import { legalText } from "#services/embedded/legal-text.cases.ts";
import { percentile } from "#loadtest/load/percentile.ts";
import type { ClientCall, Clients } from "./rollout/clients.ts";
import { startClients } from "./rollout/clients.ts";
import type { RolloutPlatform, Version } from "./rollout/rollout-platform.ts";
import { benchModel, digestOf, startRolloutPlatform } from "./rollout/rollout-platform.ts";

const help = `npm run bench -- rollout [--json] [--rate 50] [--dwell-s 5] [--steps 1,10,100] [--seed 1] [--only VERSION,…]

Starts an embedded platform with four simulated H100s, asks ${benchModel}:tone --rate times a second (open loop, Poisson, each call a
conversation of its own), and rolls the name out to one version after the other: slow (steps with its prompts last 2.3 times as
long), erring (3 % of its requests are refused by the engine), nan (half of them compute no numbers), wrong (its golden prompts come
out differently) and good. Simulated engines; everything on this machine.

Of each: state and reason, seconds from its begin to its end, the stage it reached and that stage's share; exposed: clients' calls that
had it, and their percentage of all calls meanwhile; failed: of these, calls without a whole reply, by the error's code; ttft_ratio: their median time to first token,
seen by clients, over the old version's; seen_ms: how long after the end was written a call still came in that had the other version.`;

const options = {
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  rate: { type: "string", default: "50" },
  "dwell-s": { type: "string", default: "5" },
  steps: { type: "string", default: "1,10,100" },
  seed: { type: "string", default: "1" },
  only: { type: "string", default: "slow,erring,nan,wrong,good" },
} as const;

interface CaseFigures {
  readonly state: string;
  readonly reason: string;
  readonly seconds: number;
  readonly stage: number;
  readonly share_percent: number;
  readonly exposed: number;
  readonly exposed_percent: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly ttft_ratio: number | null;
  readonly seen_ms: number | null;
}

interface Figures {
  readonly rate: number;
  readonly cases: Readonly<Record<string, CaseFigures>>;
}

interface Plan {
  readonly dwellMs: number;
  readonly steps: readonly number[];
  readonly say: (line: string) => void;
}

export async function run(args: string[]): Promise<Figures | undefined> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const say = values.json ? () => undefined : (line: string): void => console.log(line);
  const rate = Number(values.rate);
  const plan: Plan = {
    dwellMs: Number(values["dwell-s"]) * 1000,
    steps: values.steps.split(",").map(Number),
    say,
  };
  if (!(rate > 0) || !(plan.dwellMs >= 0) || plan.steps.some((step) => !(step > 0))) {
    throw new Error("--rate, --dwell-s and --steps take numbers above 0");
  }
  const platform = await startRolloutPlatform();
  const clients = startClients(platform.url, { rate, seed: Number(values.seed) });
  const cases: Record<string, CaseFigures> = {};
  try {
    await sleep(3_000);
    for (const version of values.only.split(",") as Version[]) {
      cases[version] = await rollOut({ platform, clients, plan }, version);
      await sleep(2_000);
    }
  } finally {
    await clients.stop();
    await platform.stop();
  }
  return { rate, cases };
}

interface Stage {
  readonly platform: RolloutPlatform;
  readonly clients: Clients;
  readonly plan: Plan;
}

const patienceMs = 600_000;

async function rollOut(stage: Stage, version: Version): Promise<CaseFigures> {
  const { platform, clients, plan } = stage;
  const firstCall = clients.calls.length;
  const begun = await admin(platform, "POST", "", {
    name: `${benchModel}:tone`,
    to: `${benchModel}:${version}`,
    steps: plan.steps,
    dwellMs: plan.dwellMs,
    samples: 20,
    ...(version === "good" || version === "wrong" ? { golden: golden() } : {}),
  });
  let record = begun;
  let stood = begun;
  const untilMs = performance.now() + patienceMs;
  while (record.endedAtEpochMs === undefined && performance.now() < untilMs) {
    await sleep(100);
    stood = record;
    record = await look(platform, begun.id);
    if (record.stage !== stood.stage)
      plan.say(`${version}: stage ${record.stage}, share ${record.share / 100} %`);
  }
  // What was under way, what edges did before they saw it, and what was tried ten times.
  await sleep(12_000);
  const calls = clients.calls.slice(firstCall);
  const figures = figuresOf(version, calls, { record, share: stood.share });
  plan.say(`${version}: ${JSON.stringify(figures)}`);
  return figures;
}

function figuresOf(
  version: Version,
  calls: readonly ClientCall[],
  { record, share }: { readonly record: RolloutRecord; readonly share: number },
): CaseFigures {
  const endedAtEpochMs = record.endedAtEpochMs ?? Date.now();
  const meanwhile = calls.filter(({ atEpochMs }) => atEpochMs <= endedAtEpochMs + 1_000);
  const exposed = meanwhile.filter((call) => call.version === version);
  const isDone = record.state === "done";
  const other = isDone ? "tone" : version;
  const late = calls
    .filter((call) => call.version === other && call.atEpochMs > endedAtEpochMs)
    .map(({ atEpochMs }) => atEpochMs - endedAtEpochMs);
  const [new50, old50] = [version, "tone" as const].map((one) => medianTtft(meanwhile, one));
  return {
    state: record.state,
    reason: record.reason,
    seconds: Math.round((endedAtEpochMs - record.startedAtEpochMs) / 100) / 10,
    stage: record.stage,
    share_percent: share / 100,
    exposed: exposed.length,
    exposed_percent: Math.round((exposed.length / Math.max(1, meanwhile.length)) * 10_000) / 100,
    failed: failuresOf(exposed),
    ttft_ratio:
      new50 === undefined || old50 === undefined ? null : Math.round((new50 / old50) * 100) / 100,
    seen_ms: late.length === 0 ? null : Math.round(Math.max(...late)),
  };
}

function failuresOf(calls: readonly ClientCall[]): Readonly<Record<string, number>> {
  const failures: Record<string, number> = {};
  for (const { code } of calls) {
    if (code !== "") failures[code] = (failures[code] ?? 0) + 1;
  }
  return failures;
}

function medianTtft(calls: readonly ClientCall[], version: Version): number | undefined {
  const times = calls.flatMap((call) =>
    call.version === version && call.ttftMs !== undefined ? [call.ttftMs] : [],
  );
  return times.length === 0
    ? undefined
    : percentile(
        times.toSorted((a, b) => a - b),
        0.5,
      );
}

/** Known from the good version, on the account that golden prompts run on. */
function golden(): readonly object[] {
  return ["what is a fairlead", "name three knots", "where does the line go"].map((prompt) => {
    const question = { tenant: rolloutAccount, adapterDigest: digestOf("good"), prompt };
    const text = legalText({ ...question, outputTokensMax: 24 });
    return { prompt, outputTokensMax: 24, text };
  });
}

/** What only looks is asked again where a connection was closed under it. */
async function look(platform: RolloutPlatform, id: string): Promise<RolloutRecord> {
  for (let left = 5; ; left--) {
    try {
      return await admin(platform, "GET", `/${id}`);
    } catch (error) {
      if (left === 0) throw error;
      await sleep(500);
    }
  }
}

async function admin(
  { admin: url }: RolloutPlatform,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<RolloutRecord> {
  const response = await fetch(`${url}/admin/v1/rollouts${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`rollouts${path}: ${response.status} ${answer}`);
  return JSON.parse(answer) as RolloutRecord;
}
