import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import { routerAddress } from "#shared/messages/addresses.ts";
import type { PoolId, TenantId } from "#shared/model/ids.ts";
import type { GatheredView } from "./gathered-view.ts";
import { gatheredPorts } from "./gathered-view.ts";
import type { LocalAsking } from "./local-asking.cases.ts";
import { localAsking } from "./local-asking.cases.ts";
import type { ScriptedProcess } from "./process-answers.cases.ts";
import {
  countUsage,
  measureWorker,
  placeAccountant,
  placePool,
  placeQueue,
  pool,
  scriptedFleet,
  scriptedProcess,
  startWorker,
} from "./process-answers.cases.ts";

interface House {
  readonly bus: LocalAsking;
  readonly gathered: GatheredView;
  readonly edge: ScriptedProcess;
  readonly control: ScriptedProcess;
  readonly second: ScriptedProcess;
  readonly worker: ScriptedProcess;
  readonly metering: ScriptedProcess;
  readonly puts: Parameters<Coordination["put"]>[];
  readonly sent: (readonly [to: Address, message: unknown])[];
  /** What was told is told anew after this. */
  readonly later: () => void;
}

const names = ["edge-1", "control-1", "control-2", "worker-1", "metering-1"] as const;

/** Five processes of a fleet with a few tenants, of whom one queue, the pool and one worker are placed. */
function startHouse(tenants = 2): House {
  const bus = localAsking();
  const fleet = scriptedFleet(tenants);
  const start = (process: string): ScriptedProcess => {
    const [role = ""] = process.split("-");
    return scriptedProcess({ role, process, fleet, answering: bus.answeringOf(process) });
  };
  const puts: House["puts"] = [];
  const sent: (readonly [Address, unknown])[] = [];
  let nowMs = 0;
  const gathered = gatheredPorts({
    asking: bus.asking,
    expected: () => names,
    fleet: () => fleet,
    coordination: { put: (question, answer) => puts.push([question, answer]) },
    timeoutMs: 20,
    host: {
      nowMs: () => nowMs,
      send: (_, to, message) => {
        sent.push([to, message]);
        return "accepted";
      },
    },
  });
  const house = {
    bus,
    gathered,
    sent,
    puts,
    edge: start("edge-1"),
    control: start("control-1"),
    second: start("control-2"),
    worker: start("worker-1"),
    metering: start("metering-1"),
    later: () => {
      nowMs += 1000;
    },
  };
  placeQueue(house.control, "t-0", { shardEpoch: 3, waiting: 4 });
  placePool(house.second, { poolEpoch: 6, waiting: 2 });
  startWorker(house.worker, "w-1", 12);
  return house;
}

const tenant = (name: string): TenantId => name as TenantId;

test("each part is told by the process that owns it, and what nobody owns is not placed or down", async () => {
  const { gathered } = startHouse();
  const { told: tenants, silent } = await gathered.view.tenants();
  assert.deepEqual(silent, []);
  assert.deepEqual(
    tenants.map((one) => [one.tenant, one.state, one.shardEpoch, one.waiting, one.tier]),
    [
      ["t-0", "serving", 3, 4, "starter"],
      ["t-1", "not-placed", 0, 0, "starter"],
    ],
  );
  assert.equal(tenants[0]?.requestsRemaining, 600);
  const { told: pools } = await gathered.view.pools();
  assert.deepEqual(
    pools.map((one) => [one.state, one.poolEpoch, one.servingWorkers, one.region]),
    [["serving", 6, 1, "eu"]],
  );
  const { told: workers } = await gathered.view.workers();
  assert.deepEqual(
    workers.map((one) => [one.worker, one.host, one.state, one.incarnation, one.blocks]),
    [
      ["w-1", "host-w-1", "serving", 12, 100],
      ["w-2", "host-w-2", "down", 0, 0],
    ],
  );
  assert.deepEqual(await gathered.view.notStarted(scriptedFleet(0)), ["w-2"]);
});

test("during a takeover two owners answer, and the later one's word stands", async () => {
  const { gathered, second, control } = startHouse();
  placeQueue(second, "t-0", { shardEpoch: 4, waiting: 1 });
  placePool(control, { poolEpoch: 5, waiting: 9 });
  const [tenants, pools] = await Promise.all([gathered.view.tenants(), gathered.view.pools()]);
  assert.deepEqual([tenants.told[0]?.shardEpoch, tenants.told[0]?.waiting], [4, 1]);
  assert.deepEqual([pools.told[0]?.poolEpoch, pools.told[0]?.waiting], [6, 2]);
});

test("shares and the service gap come from the pool's newest owner", async () => {
  const { gathered, control } = startHouse();
  placePool(control, { poolEpoch: 5 });
  const { told } = await gathered.view.shares();
  assert.deepEqual(
    told.map((one) => [
      one.poolEpoch,
      one.tenant,
      one.shareByWeight,
      one.executedShare,
      one.behind,
    ]),
    [
      [6, "t-0", 50, 66.7, 0],
      [6, "t-1", 50, 33.3, 300],
    ],
  );
  const [row] = (await gathered.view.pools()).told;
  assert.deepEqual(row?.narrowed, [{ tenant: "t-1", workers: 1, by: "detection" }]);
  assert.deepEqual(row?.fairness, { band: 1, tenants: 2, gap: 300, bound: 900, jainIndex: 0.99 });
  const text = await gathered.telemetry.metricsText();
  assert.match(text, /^fairlead_service_gap\{pool="m\.eu\.interactive"\} 300$/m);
  assert.match(text, /^fairlead_service_gap_bound\{pool="m\.eu\.interactive"\} 900$/m);
  assert.match(text, /^fairlead_jain_index\{pool="m\.eu\.interactive"\} 0\.99$/m);
});

test("KV blocks come from the pool's newest owner, by tenant and by worker, and as gauges", async () => {
  const { gathered, control, second } = startHouse();
  placeAccountant(control, 5);
  placeAccountant(second, 6);
  const held = { pool: "m.eu.interactive", poolEpoch: 6, sequences: 1 };
  assert.deepEqual((await gathered.view.kvTenants()).told, [
    { ...held, tenant: "t-0", heldBlocks: 40, guaranteedBlocks: 10, onLoanBlocks: 30 },
  ]);
  const books = { totalBlocks: 100, bookedBlocks: 40, freeBlocks: 60, overcommittedBlocks: 0 };
  assert.deepEqual((await gathered.view.kvWorkers()).told, [
    { ...held, worker: "w-1", incarnation: 3, ...books, drifts: 0 },
  ]);
  const text = await gathered.telemetry.metricsText();
  assert.match(text, /^fairlead_kv_tenant_on_loan_blocks\{.*tenant="t-0".*\} 30$/m);
  assert.match(text, /^fairlead_kv_booked_blocks\{worker="w-1"\} 40$/m);
});

test("GPUs come from the worker's later life, whose they were with them, and as gauges", async () => {
  const { gathered, worker, edge, later } = startHouse();
  assert.deepEqual((await gathered.view.gpuWorkers()).told, []);
  later();
  measureWorker(worker, "w-1");
  startWorker(edge, "w-1", 11);
  measureWorker(edge, "w-1");
  const life = { worker: "w-1", pool: "m.eu.interactive", incarnation: 12 };
  assert.deepEqual((await gathered.view.gpuWorkers()).told, [
    {
      ...life,
      readings: [{ gpu: 0, name: "h100", source: "model", busyRatio: 0.5 }],
      mfuRatio: 0.25,
      peak: { flopsPerS: 14e9 },
      requestsGpuSeconds: 1,
      overheadGpuSeconds: 0.4,
      idleGpuSeconds: 0.6,
      flops: 7e9,
    },
  ]);
  assert.deepEqual((await gathered.view.gpuTenants()).told, [
    { ...life, tenant: "t-0", gpuSeconds: 1, flops: 7e9 },
  ]);
  const text = await gathered.telemetry.metricsText();
  assert.match(text, /^fairlead_gpu_busy_ratio\{worker="w-1",gpu="0"\} 0\.5$/m);
  assert.match(text, /^fairlead_worker_mfu_ratio\{worker="w-1"\} 0\.25$/m);
  assert.doesNotMatch(text, /^fairlead_(worker_mbu_ratio|gpu_power_watts)\{/m);
});

test("an operator's word about a tenant goes to the routers of the pools that are meant", () => {
  const { gathered, sent } = startHouse();
  const { tenantControl } = gathered;
  const anywhere = { pool: undefined, workers: undefined };
  assert.equal(tenantControl.narrow(tenant("t-0"), { ...anywhere, workers: 1 }), "taken");
  assert.equal(tenantControl.widen(tenant("t-0"), pool), "taken");
  assert.equal(tenantControl.narrow(tenant("t-9"), anywhere), "unknown-tenant");
  assert.equal(tenantControl.widen(tenant("t-0"), "p-9" as PoolId), "unknown-pool");
  assert.deepEqual(sent, [
    [routerAddress(pool), { kind: "narrow", tenant: "t-0", workers: 1 }],
    [routerAddress(pool), { kind: "widen", tenant: "t-0" }],
  ]);
});

test("a silent process is named, and the rest is told without it", async () => {
  const { gathered, bus, later } = startHouse();
  bus.silence("control-1", true);
  const { told, silent } = await gathered.view.tenants();
  assert.deepEqual(silent, ["control-1"]);
  assert.equal(told[0]?.state, "not-placed");
  const text = await gathered.telemetry.metricsText();
  assert.match(text, /^fairlead_process_answering\{process="control-1"\} 0$/m);
  assert.match(text, /^fairlead_process_answering\{process="edge-1"\} 1$/m);
  bus.silence("control-1", false);
  later();
  assert.deepEqual((await gathered.view.tenants()).silent, []);
});

test("a process that answers in another format is as good as silent", async () => {
  const { gathered, bus } = startHouse();
  bus.answeringOf("edge-1").answer("workers", () => ({ format: 2, rows: [{ worker: "w-2" }] }));
  const { told, silent } = await gathered.view.workers();
  assert.deepEqual(silent, ["edge-1"]);
  assert.equal(told[1]?.state, "down");
});

test("ready is a fleet that could serve every tenant and bill it", async () => {
  const { gathered, bus, control, later } = startHouse();
  assert.deepEqual((await gathered.view.readiness()).missing, ["the queue of t-1 is not placed"]);
  placeQueue(control, "t-1", { shardEpoch: 1 });
  later();
  assert.deepEqual(await gathered.view.readiness(), { isReady: true, missing: [] });
  for (const process of ["edge-1", "metering-1", "control-2"]) bus.silence(process, true);
  later();
  assert.deepEqual((await gathered.view.readiness()).missing, [
    "no answer from control-2",
    "no answer from edge-1",
    "no answer from metering-1",
    "pool m.eu.interactive has no worker that can start anything",
    "no edge is ready",
    "no metering process answers: usage waits for the ledger",
  ]);
});

test("of very many missing queues some are named and the rest are counted", async () => {
  const { gathered } = startHouse(1000);
  const { missing } = await gathered.view.readiness();
  assert.equal(missing.length, 21);
  assert.equal(missing.at(-1), "979 more queues are not placed");
});

test("the processes are told as they see themselves", async () => {
  const { gathered } = startHouse();
  const { told } = await gathered.view.processes();
  assert.deepEqual(
    told.map((one) => [one.role, one.process, one.zone, one.isReady, one.fleetVersion]),
    [
      ["control", "control-1", "a", true, 7],
      ["control", "control-2", "a", true, 7],
      ["edge", "edge-1", "a", true, 7],
      ["metering", "metering-1", "a", true, 7],
      ["worker", "worker-1", "a", true, 7],
    ],
  );
  for (const { eventLoopLagMs } of told) assert.ok(eventLoopLagMs >= 0);
});

test("usage that is pending anywhere is pending", async () => {
  const { gathered, edge, worker } = startHouse();
  countUsage(edge, "edge-1", 3);
  countUsage(worker, "worker-1", 4);
  assert.equal((await gathered.view.pendingUsageRecords()).told, 7);
});

test("a wish is kept in the store, asked again while that does not answer, three times at most", async () => {
  const { gathered, puts } = startHouse();
  const answering = async (kinds: readonly ("put" | "unknown")[]) => {
    const wished = gathered.control.wish({ kind: "zone", id: "a" }, { kind: "cordon" });
    for (const kind of kinds) {
      const [question, answer] = puts.shift() ?? assert.fail("nothing was asked");
      assert.deepEqual(question, { key: "/drain/zone/a", value: '{"kind":"cordon"}' });
      answer(kind === "put" ? { kind, revision: 4 } : { kind, reason: "no answer" });
      await new Promise(setImmediate);
    }
    return wished;
  };
  assert.equal(await answering(["unknown", "put"]), "kept");
  assert.equal(await answering(["unknown", "unknown", "unknown"]), "unknown");
  assert.equal(puts.length, 0);
  void gathered.control.wish({ kind: "worker", id: "w-1" }, undefined);
  assert.deepEqual(puts[0]?.[0], { key: "/drain/worker/w-1", value: "off" });
});

test("ten thousand tenants of one process come in pages, each within what the bus carries", async () => {
  const { gathered, bus, control, second } = startHouse(10_000);
  for (let index = 0; index < 10_000; index++) {
    placeQueue(control, `t-${index}`, { shardEpoch: 5, waiting: index });
  }
  placeQueue(second, "t-9999", { shardEpoch: 6, waiting: 1 });
  const { told, silent, omitted } = await gathered.view.tenants();
  assert.deepEqual([silent, omitted], [[], 0]);
  assert.ok(told.every(({ state }) => state === "serving"));
  assert.equal(told.find((one) => one.tenant === tenant("t-9998"))?.waiting, 9998);
  assert.equal(told.at(-1)?.waiting, 1);
  assert.ok(bus.asked.length > 1 && bus.asked.length < 10, `${bus.asked.length} rounds`);
  assert.ok(bus.longestBytes() < 512 * 1024);
});

test("a process that never comes to its end is named, and is not asked for ever", async () => {
  const { gathered, bus } = startHouse();
  bus.answeringOf("worker-1").answer("workers", () => ({ format: 1, rows: [], next: 1 }));
  const { silent } = await gathered.view.workers();
  assert.deepEqual(silent, ["worker-1"]);
  assert.ok(bus.asked.length <= 64);
});

test("many who ask at once are one question, and so are those who ask soon again", async () => {
  const { gathered, bus, later } = startHouse();
  await Promise.all(Array.from({ length: 20 }, () => gathered.view.workers()));
  await gathered.view.workers();
  assert.equal(bus.asked.length, 1);
  later();
  await gathered.view.workers();
  assert.equal(bus.asked.length, 2);
});

const request = "ab".repeat(16);

/** Edge, control and worker, each what it sees. */
function tellStory({ edge, control, second, worker }: House): void {
  const at = 1_700_000_100_000;
  const fields = { requestId: request };
  worker.say("worker.started", { ...fields, worker: "w-1", attempt: 1 }, at + 12);
  control.say("queue.admitted", { ...fields, tenant: "t-0", pool: "p" }, at + 1.25);
  second.say("router.granted", { ...fields, worker: "w-1", blocks: 5, attempt: 1 }, at + 9.5);
  control.say("queue.offered", { ...fields, attempt: 1 }, at + 2.5);
  edge.say("session.opened", { ...fields, tenant: "t-0", model: "m", promptTokens: 3 }, at);
  edge.say("session.submitted", { ...fields, attempt: 1 }, at + 0.25);
  edge.say("session.first-token", { ...fields, ttftMs: 20 }, at + 20);
  edge.say("session.finished", { ...fields, outcome: "stop", e2eMs: 40 }, at + 40);
  control.say("queue.settled", fields, at + 41);
}

test("a request's story is one story, in time's order, whoever told it", async () => {
  const house = startHouse();
  tellStory(house);
  const { told } = await house.gathered.telemetry.story(request);
  assert.deepEqual(
    told?.stages.map(({ sinceArrivalMs, event, process }) => [sinceArrivalMs, event, process]),
    [
      [0, "session.opened", "edge-1"],
      [0.25, "session.submitted", "edge-1"],
      [1.25, "queue.admitted", "control-1"],
      [2.5, "queue.offered", "control-1"],
      [9.5, "router.granted", "control-2"],
      [12, "worker.started", "worker-1"],
      [20, "session.first-token", "edge-1"],
      [40, "session.finished", "edge-1"],
      [41, "queue.settled", "control-1"],
    ],
  );
  const { state, outcome, tenant: asker, model, workers, kvBlocks, attempts, e2eMs } = told ?? {};
  assert.deepEqual(
    { state, outcome, asker, model, workers, kvBlocks, attempts, e2eMs },
    {
      state: "ended",
      outcome: "stop",
      asker: "t-0",
      model: "m",
      workers: ["w-1"],
      kvBlocks: 5,
      attempts: 1,
      e2eMs: 40,
    },
  );
  assert.deepEqual(
    told?.waits.find(({ where }) => where === "router"),
    {
      where: "router",
      why: "its turn among the tenants and a free place",
      sinceArrivalMs: 2.5,
      ms: 7,
    },
  );
  assert.equal((await house.gathered.telemetry.story("nobody")).told, undefined);
});

test("the longest story there can be is within what the bus carries", async () => {
  const { gathered, bus, edge } = startHouse();
  const long = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`field${index}`, "x".repeat(280)]),
  );
  for (let index = 0; index < 200; index++) {
    edge.say("session.stale", { requestId: request, ...long }, 1_700_000_100_000 + index);
  }
  const { told } = await gathered.telemetry.story(request);
  assert.equal(told?.stages.length, 200);
  assert.ok(bus.longestBytes() < 512 * 1024);
});

test("recent requests are merged by request, the newest first", async () => {
  const house = startHouse();
  tellStory(house);
  const { edge, control, gathered } = house;
  const at = 1_700_000_200_000;
  edge.say("session.opened", { requestId: "r2", tenant: "t-1", model: "m" }, at);
  edge.say("session.submitted", { requestId: "r2", attempt: 1 }, at + 1);
  control.say("queue.admitted", { requestId: "r2", tenant: "t-1" }, at + 2);
  house.worker.say("worker.started", { requestId: "r2", attempt: 2 }, at + 3);
  const { told } = await gathered.telemetry.recent({ limit: 10 });
  assert.deepEqual(told, [
    {
      requestId: "r2",
      tenant: "t-1",
      model: "m",
      state: "running",
      arrivedAtEpochMs: at,
      attempts: 2,
    },
    {
      requestId: request,
      tenant: "t-0",
      model: "m",
      state: "ended",
      outcome: "stop",
      arrivedAtEpochMs: 1_700_000_100_000,
      attempts: 1,
      e2eMs: 40,
    },
  ]);
  const ofOne = await gathered.telemetry.recent({ limit: 1, tenant: "t-0" });
  assert.deepEqual(
    ofOne.told.map(({ requestId }) => requestId),
    [request],
  );
});

test("figures keep the process that counted them, and each gauge has one owner", async () => {
  const house = startHouse();
  const { edge, control, gathered } = house;
  const at = 1_700_000_100_000;
  edge.say("session.finished", { tenant: "t-0", model: "m", outcome: "stop", e2eMs: 40 }, at);
  edge.say("session.finished", { tenant: "t-0", model: "m", outcome: "stop", e2eMs: 80 }, at);
  control.say("queue.admitted", { tenant: "t-0", pool: "p", requestId: "r" }, at);
  const text = await gathered.telemetry.metricsText();
  const lines = text.split("\n");
  const labels = 'tenant="t-0",model="m"';
  for (const line of [
    `fairlead_requests_total{${labels},outcome="stop",process="edge-1"} 2`,
    `fairlead_request_duration_seconds_bucket{${labels},process="edge-1",le="0.05"} 1`,
    `fairlead_request_duration_seconds_count{${labels},process="edge-1"} 2`,
    'fairlead_queue_admitted_total{tenant="t-0",process="control-1"} 1',
    'fairlead_tenant_waiting_requests{tenant="t-0"} 4',
    'fairlead_pool_epoch{pool="m.eu.interactive"} 6',
    'fairlead_worker_free_blocks{worker="w-1"} 90',
    "fairlead_fleet_version 7",
  ]) {
    assert.ok(lines.includes(line), `${line} in\n${text}`);
  }
  assert.equal(lines.filter((line) => line.startsWith("# TYPE fairlead_requests_total")).length, 1);
});

test("what stopped answering is silent", async () => {
  const { gathered, edge } = startHouse();
  edge.stop();
  assert.deepEqual((await gathered.view.processes()).silent, ["edge-1"]);
});
