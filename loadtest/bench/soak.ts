// `npm run bench -- soak`: whether the embedded platform's memory stands still. Clients answer, stream, hang up, ask nonsense,
// ask without a key and read lost streams on, for minutes; its resident memory is sampled each second.

import type { Agent } from "node:http";
import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { residentKb } from "./overhead/child-process.ts";
import { onEmbeddedStage } from "./overhead/stage.ts";
import type { Platform } from "./overhead/stage.ts";
import type { Target } from "./overhead/target.ts";
import { completionBody, newAgent } from "./overhead/target.ts";

const help = `npm run bench -- soak [--json] [--minutes 5] [--clients 32]

A first quarter of the time is warming up; of the rest:
  rss_mb_begin, rss_mb_end   median resident memory of its first and its last quarter
  growth_ratio               end / begin: 1 where memory stands still
  mb_per_100k_calls          what that growth would be per 100,000 calls; keys, caches and rings are full by then or are not
  calls                      of each kind, in all
The ledger (PGlite) is in the process and grows by each request's row; it is on disk, behind a cache of fixed size.`;

export interface SoakFigures {
  readonly minutes: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly rss_mb_begin: number;
  readonly rss_mb_end: number;
  readonly growth_ratio: number;
  readonly mb_per_100k_calls: number;
}

export async function run(args: string[]): Promise<SoakFigures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      minutes: { type: "string", default: "5" },
      clients: { type: "string", default: "32" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const minutes = wholeNumber("--minutes", values.minutes, 600);
  const clients = wholeNumber("--clients", values.clients, 1000);
  const say = values.json ? () => undefined : (line: string): void => console.log(line);
  return onEmbeddedStage({ timePercent: 2000, nodeArgs: [] }, (embedded) =>
    soak(embedded, { minutes, clients, say }),
  );
}

interface Soaking {
  readonly minutes: number;
  readonly clients: number;
  readonly say: (line: string) => void;
}

async function soak({ target }: Platform, plan: Soaking): Promise<SoakFigures> {
  const { minutes, clients, say } = plan;
  const calls: Record<string, number> = {};
  const agent = newAgent();
  const over = new AbortController();
  const client = async (first: number): Promise<void> => {
    for (let turn = first; !over.signal.aborted; turn++) {
      const kind = kinds[turn % kinds.length] ?? whole;
      await kind(target, agent);
      calls[kind.name] = (calls[kind.name] ?? 0) + 1;
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, at) => client(at)));
  const warmS = minutes * 15;
  await sleep(warmS * 1000);
  const before = total(calls);
  const samples: number[] = [];
  for (let second = 0; second < minutes * 60 - warmS; second++) {
    await Promise.race([sleep(1000), running]);
    samples.push(residentKb((target.parts.whole ?? [])[0] ?? 0) / 1024);
    if (second % 30 === 0) say(`${(samples.at(-1) ?? 0).toFixed(0)} MB, ${total(calls)} calls`);
  }
  const measured = total(calls) - before;
  over.abort();
  await running;
  agent.destroy();
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const begin = median(samples.slice(0, quarter));
  const end = median(samples.slice(-quarter));
  // From the middle of the first quarter to the middle of the last.
  const callsBetween = measured * 0.75;
  return {
    minutes,
    calls,
    rss_mb_begin: rounded(begin),
    rss_mb_end: rounded(end),
    growth_ratio: Math.round((end / begin) * 1000) / 1000,
    mb_per_100k_calls: rounded(((end - begin) / callsBetween) * 100_000),
  };
}

type Kind = (target: Target, agent: Agent) => Promise<void>;

const whole: Kind = async function whole(target, agent) {
  await ask(target, agent, { body: completionBody({ ...short, isStreamed: false }), expect: 200 });
};

const streamed: Kind = async function streamed(target, agent) {
  await ask(target, agent, { body: completionBody({ ...short, isStreamed: true }), expect: 200 });
};

/** Hangs up at the first bytes, and reads what there was. */
const leftAndResumed: Kind = async function leftAndResumed(target, agent) {
  const body = completionBody({ promptTokens: 20, outputTokens: 400, isStreamed: true });
  const requestId = await ask(target, agent, { body, expect: 200, leavesEarly: true });
  const path = `/v1/requests/${requestId}/stream?after=-1`;
  // 200, or a clean refusal while its edge still settles it.
  await ask(target, agent, { method: "GET", path });
};

const nonsense: Kind = async function nonsense(target, agent) {
  await ask(target, agent, { body: '{"model":"llama-3.1-8b","prompt":7}', expect: 400 });
};

let strangers = 0;
const stranger: Kind = async function stranger(target, agent) {
  strangers += 1;
  const body = completionBody({ ...short, isStreamed: false });
  await ask({ ...target, key: `nobody-${strangers}` }, agent, { body, expect: 401 });
};

const short = { promptTokens: 40, outputTokens: 16 };
const kinds: readonly Kind[] = [
  whole,
  streamed,
  leftAndResumed,
  whole,
  streamed,
  nonsense,
  stranger,
];

interface Ask {
  readonly method?: "GET" | "POST";
  readonly path?: string;
  readonly body?: string;
  readonly expect?: number;
  readonly leavesEarly?: boolean;
}

/** Its request id. Rejects where another status was expected. */
function ask(target: Target, agent: Agent, plan: Ask): Promise<string> {
  const { method = "POST", path = "/v1/completions", body, expect, leavesEarly = false } = plan;
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${target.key}`, "content-type": "application/json" };
    const request = httpRequest(`${target.url}${path}`, { method, agent, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const { statusCode, headers: told } = response;
      const requestId = String(told["x-request-id"]);
      const isRight = expect === undefined || statusCode === expect;
      const end = (): void =>
        isRight ? resolve(requestId) : reject(new Error(`${path}: ${statusCode}, not ${expect}`));
      response.on("error", () => undefined);
      if (!leavesEarly) response.on("end", end).resume();
      else response.once("data", () => (request.destroy(), end()));
    });
    request.end(body);
  });
}

const total = (calls: Readonly<Record<string, number>>): number =>
  Object.values(calls).reduce((sum, count) => sum + count, 0);

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

const rounded = (value: number): number => Math.round(value * 10) / 10;

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`${flag} must be a whole number from 1 to ${max}, not "${text}"`);
}
