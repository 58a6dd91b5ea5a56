import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { parse, stringify } from "yaml";
import { recordMember, requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { startRole } from "#deploy/local/cluster/start-role.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { legalText } from "#services/embedded/legal-text.cases.ts";

// A tenant is moved from the shared pool to a reserved one of its own and back, in a real fleet, while its streams run: the
// reserved pool's worker is a process of its own that comes and goes.

const model = "llama-3.1-8b";
const shared = `${model}.eu.interactive`;
const reserved = `${model}.eu.acme`;
const tenant = "acme";
const folder = join(mkdtempSync(join(tmpdir(), "fairlead-moving-test-")), "cluster");

interface FleetFile {
  readonly tenants: readonly { readonly id: string }[];
  readonly pools: readonly object[];
  readonly workers: readonly { readonly zone: string; readonly engine: object }[];
}
let file: FleetFile;

before(async () => {
  await clusterUp({ folder, edges: 2, workers: 2 });
  file = parse(readFileSync(join(folder, "fleet.yaml"), "utf8")) as FleetFile;
});
after(async () => {
  await clusterDown(folder);
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

const memberOf = (role: string) => {
  const member = requiredState(folder).members.find((one) => one.role === role);
  assert.ok(member);
  return member;
};

async function admin<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(`http://${memberOf("registry").admin}${path}`);
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return (await answer.json()) as Answer;
}

/** Answers with what is wrong with it. */
async function apply(fleet: FleetFile): Promise<string> {
  const [url, method] = [`http://${memberOf("registry").admin}/admin/v1/fleet`, "PUT"];
  const headers = { "content-type": "application/yaml" };
  const answer = await fetch(url, { method, headers, body: stringify(fleet) });
  return answer.ok ? "" : answer.text();
}

/** With a pool of the tenant's own, and its worker on a host of its own. */
function withReserved(pool: "shared" | "reserved"): FleetFile {
  const [first] = file.workers;
  assert.ok(first);
  const { zone, engine } = first;
  return {
    ...file,
    tenants: file.tenants.map((each) => (each.id === tenant ? { ...each, pool } : each)),
    pools: [...file.pools, { id: reserved, model, region: "eu", class: `reserved:${tenant}` }],
    workers: [
      ...file.workers,
      { id: "h100-own", pool: reserved, zone, host: "host-own", engine } as FleetFile["workers"][0],
    ],
  };
}

async function startWorker(name: string): Promise<void> {
  const { command } = memberOf("worker");
  const [adminPort, dataPlanePort] = await freePorts(2);
  const trust = createFleetAuthority(join(folder, "authority")).issue("worker", name);
  await startRole({
    role: "worker",
    patienceMs: 30_000,
    onMember: (member) => recordMember(folder, member),
    command: {
      ...command,
      name,
      logFile: join(folder, `${name}.log`),
      environment: {
        ...command.environment,
        FAIRLEAD_PROCESS: name,
        FAIRLEAD_WORKER_HOST: "host-own",
        FAIRLEAD_OUTBOX_FOLDER: join(folder, name, "outbox"),
        FAIRLEAD_ADMIN_PORT: `${adminPort}`,
        FAIRLEAD_DATA_PLANE_PORT: `${dataPlanePort}`,
        FAIRLEAD_TLS_CERT_FILE: trust.certFile,
        FAIRLEAD_TLS_KEY_FILE: trust.keyFile,
      },
    },
  });
}

interface Told {
  readonly requestId: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

const tokensAsked = 250;

/** Throws on a refusal, a broken stream and a wrong letter. */
async function stream(edge: string, prompt: string): Promise<Told> {
  const client = new OpenAI({
    apiKey: `fl-demo-${tenant}`,
    baseURL: `http://${edge}/v1`,
    maxRetries: 0,
  });
  const body = {
    model,
    prompt,
    max_tokens: tokensAsked,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  } as const;
  const { data, response } = await client.completions.create(body).withResponse();
  let text = "";
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of data) {
    text += chunk.choices[0]?.text ?? "";
    usage = chunk.usage ?? usage;
  }
  const question = { tenant, prompt, outputTokensMax: tokensAsked, ignoreEos: true };
  assert.equal(text, legalText(question));
  assert.ok(usage);
  return {
    requestId: response.headers.get("x-request-id") ?? "",
    promptTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
  };
}

/** Streams that follow each other on each edge, until they are told to stop. */
function startLoad(width: number): () => Promise<readonly PromiseSettledResult<Told>[]> {
  const edges = requiredState(folder).members.flatMap(({ role, http }) =>
    role === "edge" && http !== undefined ? [http] : [],
  );
  assert.equal(edges.length, 2);
  const ends: Promise<PromiseSettledResult<Told>>[] = [];
  const end = new AbortController();
  const lanes = Array.from({ length: width }, async (_, lane) => {
    for (let round = 0; !end.signal.aborted; round++) {
      const asked = stream(edges[lane % 2] ?? "", `lane ${lane} round ${round}`);
      const ended = Promise.allSettled([asked]).then(([settled]) => settled);
      ends.push(ended);
      await ended;
    }
  });
  return async () => {
    end.abort();
    await Promise.all(lanes);
    return Promise.all(ends);
  };
}

interface PoolRow {
  readonly pool: string;
  readonly waiting: number;
  readonly running: number;
}

async function poolNow(pool: string): Promise<PoolRow> {
  const { pools } = await admin<{ readonly pools: readonly PoolRow[] }>("/admin/v1/pools");
  return pools.find((row) => row.pool === pool) ?? { pool, waiting: 0, running: 0 };
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    assert.ok(tries < 300, `${what} within 30 s`);
    await sleep(100);
  }
}

interface Bill {
  readonly requestId: string;
  readonly pool: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly isFinal: boolean;
}

async function bills(count: number): Promise<readonly Bill[]> {
  let records: readonly Bill[] = [];
  await until(async () => {
    const path = `/admin/v1/usage?tenant=${tenant}&limit=10000`;
    ({ records } = await admin<{ readonly records: readonly Bill[] }>(path));
    return records.length >= count && records.every(({ isFinal }) => isFinal);
  }, "every bill");
  return records;
}

const inOwn = async (isThere: (row: PoolRow) => boolean): Promise<boolean> =>
  isThere(await poolNow(reserved));

const byId = (rows: readonly Told[]): readonly Told[] =>
  rows
    .map(({ requestId, promptTokens, outputTokens }) => ({ requestId, promptTokens, outputTokens }))
    .toSorted((a, b) => (a.requestId < b.requestId ? -1 : 1));

/** Each was answered whole and is billed once, in one of the two pools. Those of earlier tests were judged there. */
async function judge(
  ends: readonly PromiseSettledResult<Told>[],
  earlier: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const failed = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
  assert.deepEqual(failed, []);
  const told = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  const all = await bills(told.length + earlier.size);
  const billed = all.filter(({ requestId }) => !earlier.has(requestId));
  assert.deepEqual(byId(billed), byId(told));
  const inPool = (name: string): number => billed.filter(({ pool }) => pool === name).length;
  const counts = { shared: inPool(shared), reserved: inPool(reserved) };
  assert.ok(counts.shared > 0 && counts.reserved > 0, JSON.stringify(counts));
  assert.equal(counts.shared + counts.reserved, told.length);
  return new Set(all.map(({ requestId }) => requestId));
}

let judged: ReadonlySet<string> = new Set();

test("a tenant moves to a reserved pool and back while its streams run: none fails, every letter is right, each is billed once", async () => {
  const stop = startLoad(8);
  await sleep(2_000);
  // The pool is there before its worker is: nobody waits for that.
  assert.equal(await apply(withReserved("reserved")), "");
  await sleep(1_500);
  assert.ok(await inOwn(({ running, waiting }) => running + waiting === 0));
  await startWorker("worker-own");
  await until(() => inOwn(({ running }) => running >= 6), "streams in the reserved pool");
  await until(async () => (await poolNow(shared)).running === 0, "the shared pool empty of them");
  // Back: what runs there runs to its end there, and then the worker has nothing to do.
  assert.equal(await apply(withReserved("shared")), "");
  await until(() => inOwn(({ running, waiting }) => running + waiting === 0), "nothing left there");
  await sleep(1_000);
  judged = await judge(await stop(), judged);
});

test("a reserved pool cannot leave the fleet while requests are in it, and then ends none by leaving", async () => {
  assert.equal(await apply(withReserved("reserved")), "");
  const stop = startLoad(8);
  await until(() => inOwn(({ running }) => running >= 6), "streams in the reserved pool");
  assert.match(
    await apply(file),
    /pool llama-3\.1-8b\.eu\.acme would leave with \d+ requests in it/,
  );
  assert.equal(await apply(withReserved("shared")), "");
  await until(() => inOwn(({ running, waiting }) => running + waiting === 0), "nothing left there");
  assert.equal(await apply(file), "");
  await sleep(1_000);
  judged = await judge(await stop(), judged);
});

test("an alias that is set by command is followed at every edge within a second", async () => {
  const registry = memberOf("registry").admin;
  const headers = { "content-type": "application/json" };
  const edges = requiredState(folder).members.flatMap(({ role, http }) =>
    role === "edge" && http !== undefined ? [http] : [],
  );
  const servedBy = async (edge: string): Promise<string> => {
    const client = new OpenAI({
      apiKey: `fl-demo-${tenant}`,
      baseURL: `http://${edge}/v1`,
      maxRetries: 0,
    });
    const { data } = await client.models.list();
    const found = data.find(({ id }) => id === "prod") as
      | { readonly alias_of?: string }
      | undefined;
    return found?.alias_of ?? "";
  };
  const tookMs: number[] = [];
  for (const target of [model, `${model}:support-tone`, model]) {
    const path = `/admin/v1/aliases/prod/set?tenant=${tenant}&target=${target}`;
    const answer = await fetch(`http://${registry}${path}`, { method: "POST", headers });
    assert.equal(answer.status, 200, await answer.text());
    const fromMs = performance.now();
    await Promise.all(
      edges.map(async (edge) => {
        while ((await servedBy(edge)) !== target) {
          assert.ok(performance.now() - fromMs < 10_000, "soon");
          await sleep(20);
        }
      }),
    );
    tookMs.push(performance.now() - fromMs);
  }
  // The quickest must keep the promise: a busy machine is slow at everything.
  assert.ok(Math.min(...tookMs) < 1_000, String(tookMs));
});
