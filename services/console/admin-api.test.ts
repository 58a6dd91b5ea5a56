import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { json, text } from "node:stream/consumers";
import { after, test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { PoolId, TenantId } from "#shared/model/ids.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { startAdminApi } from "./admin-api.ts";
import type { PoolStatus, ProcessStatus } from "./platform-view.ts";
import { scriptedPlatform } from "./scripted/scripted-platform.ts";

const platform = scriptedPlatform();
const faults: unknown[] = [];
const api = await startAdminApi(
  { ports: platform.ports, hostNames: ["admin.example"], onFault: (error) => faults.push(error) },
  { host: "127.0.0.1", port: 0 },
);
after(() => api.close());

interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

function call(
  path: string,
  { method = "GET", headers = {}, body }: Call = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port: api.port, path, method, headers }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there
type Json = any;

async function answerOf(path: string, options?: Call): Promise<readonly [number, Json]> {
  const response = await call(path, options);
  return [response.statusCode ?? 0, await json(response)];
}

async function errorOf(path: string, options?: Call): Promise<string> {
  const [status, { error }] = await answerOf(path, options);
  assert.equal(typeof error.message, "string");
  return `${status} ${error.code}`;
}

const yaml = { "content-type": "application/yaml" };
const write: Call = { method: "POST", headers: yaml };

test("the living system's view is told as JSON", async () => {
  for (const what of ["tenants", "pools", "processes"] as const) {
    const { told } = await platform.ports.view[what]();
    const [status, answer] = await answerOf(`/admin/v1/${what}`);
    assert.equal(status, 200);
    assert.deepEqual(answer, JSON.parse(JSON.stringify({ [what]: told })));
  }
});

test("workers are told with what their routers think of them", async () => {
  const { told } = await platform.ports.view.workers();
  const [, answer] = await answerOf("/admin/v1/workers");
  const breakers = ["open", "closed", "closed"];
  const rows = told.map((row, index) => ({ ...row, breaker: breakers[index] }));
  assert.deepEqual(answer, JSON.parse(JSON.stringify({ workers: rows })));
});

test("fairness is told of all pools or of one, and of no other", async () => {
  const [, answer] = await answerOf("/admin/v1/fairness");
  assert.deepEqual(answer.pools, [
    {
      pool: "llama-3.1-8b.eu.interactive",
      band: 0,
      tenants: 2,
      gap: 250_000,
      bound: 1_200_000,
      jainIndex: 0.998,
    },
  ]);
  assert.equal(answer.tenants[0].tenant, "acme");
  const asked = await answerOf("/admin/v1/fairness?pool=llama-3.1-8b.eu.interactive");
  assert.deepEqual(asked, [200, answer]);
  assert.equal(await errorOf("/admin/v1/fairness?pool=nowhere"), "404 unknown_pool");
});

test("KV blocks are told by tenant and by worker, of all pools or of one, and as gauges", async () => {
  const [, answer] = await answerOf("/admin/v1/kv");
  assert.equal(answer.tenants[0].onLoanBlocks, 200);
  assert.equal(answer.workers[0].drifts, 1);
  const asked = await answerOf("/admin/v1/kv?pool=llama-3.1-8b.eu.interactive");
  assert.deepEqual(asked, [200, answer]);
  assert.equal(await errorOf("/admin/v1/kv?pool=nowhere"), "404 unknown_pool");
});

test("GPUs are told by worker, and their time by tenant so that it adds up to all of it", async () => {
  const [, answer] = await answerOf("/admin/v1/gpus");
  assert.equal(answer.workers[0].readings[0].powerWatts, 612);
  const shares = answer.shares.map((line: { kind: string; shareRatio: number }) => [
    line.kind,
    line.shareRatio,
  ]);
  assert.deepEqual(shares, [
    ["tenant", 0.6],
    ["overhead", 0.15],
    ["idle", 0.25],
  ]);
  const asked = await answerOf("/admin/v1/gpus?pool=llama-3.1-8b.eu.interactive");
  assert.deepEqual(asked, [200, answer]);
  assert.equal(await errorOf("/admin/v1/gpus?pool=nowhere"), "404 unknown_pool");
});

test("who did not answer is named, and what did not fit is counted", async () => {
  platform.gaps = { silent: ["control-2"], omitted: 3 };
  for (const path of ["tenants", "workers", "pools", "processes"]) {
    const [, answer] = await answerOf(`/admin/v1/${path}`);
    assert.deepEqual([answer.silent, answer.omitted], [["control-2"], 3]);
  }
  platform.gaps = { silent: [], omitted: 0 };
  const [, answer] = await answerOf("/admin/v1/processes");
  assert.deepEqual(Object.keys(answer), ["processes"]);
});

test("alive is always, ready when nothing is missing", async () => {
  assert.deepEqual(await answerOf("/healthz"), [200, { status: "alive" }]);
  assert.deepEqual(await answerOf("/readyz"), [200, { status: "ready", missing: [] }]);
  platform.missing = ["a worker of pool p"];
  assert.deepEqual(await answerOf("/readyz"), [
    503,
    { status: "not ready", missing: ["a worker of pool p"] },
  ]);
  platform.missing = [];
});

test("metrics are Prometheus text, gauges of the view among them", async () => {
  const response = await call("/metrics");
  assert.match(response.headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(await text(response), /^fairlead_fleet_version 7$/m);
});

test("a request's story is found by its id, and by the id its client saw", async () => {
  const requestId = "ab".repeat(16);
  platform.telemetry.onNote({
    kind: "note",
    event: "session.opened",
    actor: "session/e1/x" as Address,
    nowMs: 900,
    fields: { requestId, tenant: "acme", model: "m", promptTokens: 3 },
  });
  for (const id of [requestId, `chatcmpl-${requestId}`]) {
    const [status, story] = await answerOf(`/admin/v1/requests/${id}`);
    assert.equal(status, 200);
    assert.equal(story.requestId, requestId);
    assert.equal(story.arrivedAtEpochMs, 1_700_000_000_000 - 100);
    assert.equal(story.stages[0].what, "opened for m with 3 prompt tokens");
  }
  assert.equal(await errorOf("/admin/v1/requests/nobody"), "404 not_found");
  const [, { requests }] = await answerOf("/admin/v1/requests?tenant=acme&limit=5");
  assert.deepEqual(
    requests.map((one: { requestId: string }) => one.requestId),
    [requestId],
  );
  assert.equal(await errorOf("/admin/v1/requests?tenant=bolt"), "404 unknown_tenant");
});

const record = {
  tenant: "acme",
  requestId: "r1",
  arrivedAtEpochMs: Date.parse("2026-01-31T12:00:00Z") + 0.4,
  adapterDigest: "c7".repeat(32),
  queueMs: 1.23456,
  outputTokens: 40,
};
const usageOf = async (query: string): Promise<Json> =>
  (await answerOf(`/admin/v1/usage?${query}`))[1];

test("usage is told with the totals of the same filter, without noise in its figures", async () => {
  const other = { ...record, tenant: "bolt", requestId: "r2", outputTokens: 2 };
  platform.usage = [record, other].map(
    (one) => ({ record: one, isFinal: true }) as unknown as UsageEntry,
  );
  platform.fleet = {
    adapters: [{ name: "sql", digest: record.adapterDigest }],
    workers: [],
  } as unknown as Fleet;
  assert.deepEqual(await usageOf("tenant=acme&since=2026-01-01&limit=10"), {
    records: [
      {
        ...record,
        arrivedAtEpochMs: Date.parse("2026-01-31T12:00:00Z"),
        queueMs: 1.235,
        adapter: "sql",
        isFinal: true,
      },
    ],
    totals: { requests: 1, outputTokens: 40 },
  });
  assert.deepEqual((await usageOf("request=r2")).totals, { requests: 1, outputTokens: 2 });
  assert.deepEqual((await usageOf("limit=1")).totals, { requests: 2, outputTokens: 42 });
  platform.fleet = undefined;
});

test("a time may have a zone, escaped or not, and is UTC without one", async () => {
  platform.usage = [{ record, isFinal: true } as unknown as UsageEntry];
  const countSince = async (since: string): Promise<number> =>
    (await usageOf(`since=${since}`)).records.length;
  for (const since of ["2026-01-31T12:00", "2026-01-31T12:00:00Z", "2026-01-31T14:00:00%2B02:00"]) {
    assert.equal(await countSince(since), 1, since);
  }
  assert.equal(await countSince("2026-01-31T14:00:00+02:00"), 1);
  for (const since of ["2026-01-31T12:01", "2026-01-31T11:00:00-02:00", "2026-02-01"]) {
    assert.equal(await countSince(since), 0, since);
  }
});

test("a tenant that neither the fleet nor the ledger knows is said to be unknown", async () => {
  platform.usage = [
    { record: { ...record, tenant: "past" }, isFinal: true } as unknown as UsageEntry,
  ];
  assert.equal((await usageOf("tenant=past")).records.length, 1);
  assert.deepEqual((await usageOf("tenant=acme")).records, []);
  assert.equal(
    (await usageOf("tenant=nobody")).error.message,
    "There is no tenant nobody; there are acme.",
  );
});

test("workers are commanded, and an unknown one is said to be unknown", async () => {
  platform.commands.length = 0;
  const headers = { "content-type": "application/json" };
  const post = (path: string) => answerOf(`/admin/v1/workers/${path}`, { method: "POST", headers });
  assert.equal((await post("h100-a1/cordon"))[0], 202);
  assert.equal((await post("h100-a1/uncordon"))[0], 202);
  assert.equal((await post("h100-a1/drain"))[0], 202);
  assert.equal((await post("h100-a1/drain?patience=5s"))[0], 202);
  assert.equal((await post("nobody/drain"))[0], 404);
  assert.equal((await post("h100-a1/uncordon"))[0], 202);
  assert.deepEqual(platform.commands, [
    "cordon worker h100-a1",
    "uncordon worker h100-a1",
    "drain worker h100-a1 60000",
    "drain worker h100-a1 5000",
    "uncordon worker h100-a1",
  ]);
});

test("the last that serve are not taken away but by force, and what serves nobody may always be", async (context) => {
  const standing = platform.workers;
  const headers = { "content-type": "application/json" };
  const post = (path: string) => answerOf(`/admin/v1/${path}`, { method: "POST", headers });
  context.after(() => {
    platform.workers = standing;
    platform.processes = platform.processes.slice(0, 1);
  });
  // Of a1 (serving), a2 (cordoned) in one zone and b1 (serving) in the other.
  assert.equal((await post("zones/eu-b/drain"))[0], 202);
  assert.equal((await post("zones/eu-b/drain"))[0], 202);
  for (const path of ["workers/h100-a1/drain", "workers/h100-a1/cordon"]) {
    const [status, { error }] = await post(path);
    assert.deepEqual([status, error.code], [409, "last_worker"]);
    assert.match(error.message, /^h100-a1 is the last: it would leave pool llama-3\.1-8b/);
  }
  const [status, { error }] = await post("zones/eu-a/drain");
  assert.deepEqual([status, error.code], [409, "last_zone"]);
  assert.equal((await post("workers/h100-a2/drain"))[0], 202);
  platform.commands.length = 0;
  assert.equal((await post("zones/eu-a/drain?force=true&patience=1s"))[0], 202);
  assert.deepEqual(platform.commands, ["drain zone eu-a 1000"]);
  assert.equal((await post("zones/eu-a/drain?force=yes"))[0], 400);
});

test("a zone with all edges, all owners, or all places of a tenant is the last", async (context) => {
  const { workers, processes } = platform;
  const headers = { "content-type": "application/json" };
  const post = (path: string) => answerOf(`/admin/v1/${path}`, { method: "POST", headers });
  context.after(() => {
    Object.assign(platform, { workers, processes, fleet: undefined });
  });
  const process = (role: string, zone: string) => ({
    ...(processes[0] as ProcessStatus),
    process: `${role}-${zone}`,
    role,
    zone,
    isReady: true,
  });
  platform.processes = [
    process("edge", "eu-b"),
    process("control", "eu-a"),
    process("control", "eu-b"),
  ];
  const [, edges] = await post("zones/eu-b/drain");
  assert.match(edges.error.message, /it would leave the fleet without an edge\. Nothing/);
  platform.processes = [
    process("edge", "eu-b"),
    process("edge", "eu-a"),
    process("control", "eu-b"),
  ];
  const [, owners] = await post("zones/eu-b/drain");
  assert.match(owners.error.message, /without an owner of its queues/);
  platform.processes = [];
  const policy = { tenant: "acme", residency: ["eu-b", "eu-x"] };
  platform.fleet = { tenants: [{ policy }], adapters: [] } as unknown as Fleet;
  const [, places] = await post("workers/h100-b1/drain");
  assert.match(places.error.message, /tenant acme without a worker where it may run/);
  assert.equal((await post("zones/nowhere/drain"))[1].error.code, "unknown_zone");
});

test("how far a drain has come is told: what is left in words, or the proof", async (context) => {
  const { workers, processes } = platform;
  context.after(() => {
    Object.assign(platform, { workers, processes, isStuck: false, isDeaf: false });
  });
  const headers = { "content-type": "application/json" };
  const drain = () => answerOf("/admin/v1/zones/eu-b/drain", { method: "POST", headers });
  const progress = async () => (await answerOf("/admin/v1/zones/eu-b/drain"))[1];
  platform.processes = [
    { ...(processes[0] as ProcessStatus), process: "edge-b", zone: "eu-b", isReady: true },
    { ...(processes[0] as ProcessStatus), process: "edge-a", zone: "eu-a", isReady: true },
    {
      ...(processes[0] as ProcessStatus),
      process: "owner-b",
      role: "control",
      zone: "eu-b",
      owned: 9,
      isReady: true,
    },
  ];
  platform.isStuck = true;
  assert.equal((await drain())[1].error.code, "last_zone");
  platform.processes = [
    ...platform.processes,
    {
      ...(platform.processes[2] as ProcessStatus),
      process: "owner-a",
      zone: "eu-a",
      isReady: true,
    },
  ];
  assert.equal((await drain())[0], 202);
  const { isOver, left } = await progress();
  assert.equal(isOver, false);
  assert.deepEqual(left, [
    "h100-b1 runs 5 sequences",
    "h100-b1 holds 100 KV blocks",
    "edge-b is ready for new clients",
    "owner-b owns 9 queues and routers",
  ]);
  platform.isStuck = false;
  assert.equal((await drain())[0], 202);
  platform.processes = platform.processes.map((one) => ({ ...one, isReady: false, owned: 0 }));
  const over = await progress();
  assert.deepEqual([over.isOver, over.left], [true, []]);
  const [{ ownedRequests, unsettledCharges, kvBlocksHeld }] = over.workers;
  assert.deepEqual([ownedRequests, unsettledCharges, kvBlocksHeld], [0, 0, 0]);
  platform.isDeaf = true;
  assert.equal(
    (await answerOf("/admin/v1/zones/eu-b/uncordon", { method: "POST", headers }))[0],
    503,
  );
});

test("a narrowing is answered when it was seen, pool by pool, and so is its end", async () => {
  const [pool] = platform.pools;
  assert.ok(pool);
  const small = { ...pool, pool: "small" as PoolId, workers: 1 };
  platform.pools = [pool, small];
  const post = (what: string) => answerOf(`/admin/v1/tenants/acme/${what}`, write);
  assert.deepEqual(await post("narrow?workers=2"), [
    200,
    {
      tenant: "acme",
      narrowed: [{ pool: pool.pool, workers: 2, of: 4 }],
      refused: [{ pool: "small", why: "it has one worker" }],
    },
  ]);
  assert.deepEqual(platform.pools[0]?.narrowed, [{ tenant: "acme", workers: 2, by: "operator" }]);
  assert.deepEqual(await post("widen"), [200, { tenant: "acme" }]);
  assert.deepEqual(platform.pools[0]?.narrowed, []);
  platform.pools = [pool];
});

test("a narrowing that no router takes is refused with the reason", async () => {
  const [pool] = platform.pools;
  assert.ok(pool);
  const at = pool.pool;
  const others = ["a", "b", "c", "d"].map((tenant) => ({
    tenant: tenant as TenantId,
    workers: 1,
    by: "operator" as const,
  }));
  const cases: readonly (readonly [Partial<PoolStatus>, string, string])[] = [
    [{ workers: 1 }, "", `409 cannot_narrow acme is not narrowed (${at}: it has one worker).`],
    [{}, "?workers=4", `409 cannot_narrow acme is not narrowed (${at}: it has only 4 workers).`],
    [
      { narrowed: others },
      "",
      `409 cannot_narrow acme is not narrowed (${at}: 4 tenants are narrowed there already).`,
    ],
    [
      { state: "not-placed", workers: 0 },
      "",
      `503 no_answer acme is not narrowed (${at}: no router has it now).`,
    ],
    [{}, "", `503 no_answer acme is not narrowed (${at}: its router has not done it).`],
  ];
  platform.isDeaf = true;
  for (const [standing, query, expected] of cases) {
    platform.pools = [{ ...pool, ...standing }];
    const [status, { error }] = await answerOf(`/admin/v1/tenants/acme/narrow${query}`, write);
    assert.equal(`${status} ${error.code} ${error.message}`, expected);
  }
  const narrowed = [{ tenant: "acme" as TenantId, workers: 2, by: "detection" as const }];
  platform.pools = [{ ...pool, narrowed }];
  assert.equal(await errorOf("/admin/v1/tenants/acme/widen", write), "503 no_answer");
  platform.isDeaf = false;
  platform.pools = [pool];
});

test("a fleet is applied, or refused with every problem", async () => {
  const put = () =>
    answerOf("/admin/v1/fleet", { method: "PUT", headers: yaml, body: "tiers: []" });
  const diff = { sections: [], omitted: 0 };
  assert.deepEqual(await put(), [200, { version: 8, isChanged: true, notes: [], diff }]);
  platform.fleet = { workers: [{ id: "h100-a1" }, { id: "new-1" }] } as unknown as Fleet;
  const [, { notes }] = await put();
  platform.fleet = undefined;
  assert.deepEqual(notes, [
    "new-1 is not running yet: new workers start when the platform is next restarted.",
  ]);
  const problems = [{ line: 3, path: "tiers[0].weight", problem: "expected a whole number" }];
  platform.outcome = { kind: "refused", problems };
  const [status, { error }] = await put();
  assert.equal(status, 400);
  assert.equal(error.code, "bad_fleet");
  assert.deepEqual(error.problems, problems);
  assert.equal(await errorOf("/admin/v1/fleet"), "404 no_fleet");
});

const refused: readonly (readonly [string, string, Call, string])[] = [
  ["an unknown path", "/nothing", {}, "404 not_found"],
  ["a path that is nearly one", "/admin/v1/tenants/", {}, "404 not_found"],
  ["a path that does not decode", "/admin/v1/requests/%ff", {}, "404 not_found"],
  ["an id with a control character", "/admin/v1/requests/a%00b", {}, "404 not_found"],
  [
    "a throttle of nobody's",
    "/admin/v1/tenants/b%C3%BCro/throttle?percent=10",
    write,
    "404 unknown_tenant",
  ],
  [
    "a throttle of what no id is",
    "/admin/v1/tenants/ac%00me/throttle?percent=10",
    write,
    "404 not_found",
  ],
  [
    "a throttle of what is no text",
    "/admin/v1/tenants/%ed%a0%80/throttle?percent=10",
    write,
    "404 not_found",
  ],
  [
    "a throttle without a percentage",
    "/admin/v1/tenants/acme/throttle",
    write,
    "400 bad_parameter",
  ],
  ["an empty percentage", "/admin/v1/tenants/acme/throttle?percent=", write, "400 bad_parameter"],
  [
    "a percentage above all",
    "/admin/v1/tenants/acme/throttle?percent=101",
    write,
    "400 bad_parameter",
  ],
  ["a narrowing of what no id is", "/admin/v1/tenants/%0a/narrow", write, "404 not_found"],
  ["a worker that no id is", "/admin/v1/workers/%7f/drain", write, "404 not_found"],
  ["another method", "/admin/v1/tenants", { method: "DELETE" }, "405 method_not_allowed"],
  [
    "a read where a write belongs",
    "/admin/v1/workers/h100-a1/cordon",
    {},
    "405 method_not_allowed",
  ],
  ["a parameter that is none", "/admin/v1/usage?tennant=acme", {}, "400 bad_parameter"],
  ["a parameter given twice", "/admin/v1/usage?tenant=a&tenant=b", {}, "400 bad_parameter"],
  ["a count out of range", "/admin/v1/usage?limit=10001", {}, "400 bad_parameter"],
  ["a count that is none", "/admin/v1/requests?limit=-1", {}, "400 bad_parameter"],
  ["a time that is none", "/admin/v1/usage?since=yesterday", {}, "400 bad_parameter"],
  ["a day that is none", "/admin/v1/usage?since=2026-13-01", {}, "400 bad_parameter"],
  ["a word that is none", "/admin/v1/usage?tenant=%00", {}, "400 bad_parameter"],
  [
    "a foreign host name",
    "/admin/v1/tenants",
    { headers: { host: "evil.example:8082" } },
    "403 forbidden_host",
  ],
  [
    "a host name that only begins like ours",
    "/healthz",
    { headers: { host: "127.0.0.1.evil.example" } },
    "403 forbidden_host",
  ],
  [
    "a write as a form",
    "/admin/v1/workers/h100-a1/cordon",
    { method: "POST", headers: { "content-type": "text/plain" } },
    "415 unsupported_media_type",
  ],
  [
    "a write without a type",
    "/admin/v1/workers/h100-a1/cordon",
    { method: "POST" },
    "415 unsupported_media_type",
  ],
  [
    "a patience without its unit",
    "/admin/v1/workers/h100-a1/drain?patience=60",
    write,
    "400 bad_parameter",
  ],
  [
    "a patience of days",
    "/admin/v1/workers/h100-a1/drain?patience=999m",
    write,
    "400 bad_parameter",
  ],
];

for (const [what, path, options, expected] of refused) {
  test(`refused: ${what}`, async () => {
    platform.commands.length = 0;
    assert.equal(await errorOf(path, options), expected);
    assert.deepEqual(platform.commands, []);
  });
}

test("its own host names are taken, with or without a port", async () => {
  for (const host of ["localhost:8082", "127.0.0.1", "[::1]:8082", "[::1]", "Admin.Example:80"]) {
    assert.equal((await answerOf("/healthz", { headers: { host } }))[0], 200, host);
  }
});

test("a body over the bound is cut off", async () => {
  const body = Buffer.alloc(5 * 1024 * 1024, "a");
  const outcome = await errorOf("/admin/v1/fleet", { method: "PUT", headers: yaml, body }).catch(
    (error: NodeJS.ErrnoException) => error.code,
  );
  assert.ok(
    ["413 body_too_large", "EPIPE", "ECONNRESET"].includes(String(outcome)),
    String(outcome),
  );
});

test("a bug in a route is told to the log, not to the caller", async () => {
  const { totals } = platform.ports.ledger;
  platform.ports.ledger.totals = () => Promise.reject(new Error("secret of the house"));
  const [status, answer] = await answerOf("/admin/v1/usage");
  platform.ports.ledger.totals = totals;
  assert.equal(status, 500);
  assert.ok(!JSON.stringify(answer).includes("secret"));
  assert.equal(String(faults.at(-1)), "Error: secret of the house");
});
