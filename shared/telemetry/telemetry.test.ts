import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Address, Note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { catalogue, catalogueTable } from "./catalogue.ts";
import { noteMetrics } from "./note-metrics.ts";
import type { Telemetry, TelemetryOptions } from "./telemetry.ts";
import { createTelemetry } from "./telemetry.ts";

const fleet = {
  version: 1,
  tenants: [{ policy: { tenant: "acme" } }],
  models: [{ id: "m" }],
  pools: [{ id: "m.eu.interactive" }],
  workers: [{ id: "w-1" }],
  keys: [],
  adapters: [],
} as unknown as Fleet;

export const said = (
  event: string,
  fields: Note["fields"],
  { actor = "session/e1/r1", nowMs = 0 }: { actor?: string; nowMs?: number } = {},
): NoteRecord => ({ kind: "note", event, fields, actor: actor as Address, nowMs });

function start(options: Partial<TelemetryOptions> = {}): Telemetry {
  const telemetry = createTelemetry({ nowMs: () => 0, epochMs: () => 1_000_000, ...options });
  telemetry.knowFleet(fleet);
  return telemetry;
}

/** The written lines of one metric, without its name. */
async function linesOf(telemetry: Telemetry, name: string): Promise<readonly string[]> {
  const text = await telemetry.metricsText();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`fairlead_${name}`))
    .map((line) => line.slice(`fairlead_${name}`.length));
}

const finished = {
  requestId: "r1",
  tenant: "acme",
  model: "m",
  pool: "m.eu.interactive",
  outcome: "stop",
  promptTokens: 100,
  cachedTokens: 32,
  outputTokens: 40,
  queueMs: 1,
  ttftMs: 30,
  e2eMs: 430,
  tpotMs: 10,
};

test("a finished request is counted with its tokens and its times", async () => {
  const telemetry = start();
  telemetry.onNote(said("session.finished", finished));
  telemetry.onNote(said("session.finished", { ...finished, outcome: "queue_full", ttftMs: -1 }));
  assert.deepEqual(await linesOf(telemetry, "requests_total"), [
    '{tenant="acme",model="m",outcome="stop"} 1',
    '{tenant="acme",model="m",outcome="queue_full"} 1',
  ]);
  assert.deepEqual(await linesOf(telemetry, "output_tokens_total"), [
    '{tenant="acme",model="m"} 80',
  ]);
  const ttft = await linesOf(telemetry, "time_to_first_token_seconds");
  assert.deepEqual(
    ttft.filter((line) => /le="(0.025|0.05|\+Inf)"|_sum|_count/.test(line)),
    [
      '_bucket{tenant="acme",model="m",le="0.025"} 0',
      '_bucket{tenant="acme",model="m",le="0.05"} 1',
      '_bucket{tenant="acme",model="m",le="+Inf"} 1',
      '_sum{tenant="acme",model="m"} 0.03',
      '_count{tenant="acme",model="m"} 1',
    ],
  );
});

test("labels take known values only: a stranger's are counted as other", async () => {
  const telemetry = start();
  for (let index = 0; index < 50; index++) {
    const tenant = `stranger-${index}`;
    telemetry.onNote(
      said("session.finished", { ...finished, tenant, model: tenant, outcome: tenant }),
    );
    telemetry.onNote(said("edge.refused", { requestId: `x${index}`, code: `made-up-${index}` }));
  }
  telemetry.onNote(said("edge.refused", { requestId: "y", code: "unauthenticated" }));
  assert.deepEqual(await linesOf(telemetry, "requests_total"), [
    '{tenant="other",model="other",outcome="other"} 50',
  ]);
  assert.deepEqual(await linesOf(telemetry, "refusals_total"), [
    '{tenant="other",code="other"} 50',
    '{tenant="other",code="unauthenticated"} 1',
  ]);
});

test("reasons are kept up to a bound", async () => {
  const telemetry = start();
  for (let index = 0; index < 500; index++) {
    telemetry.onNote(said("session.attempt-lost", { tenant: "acme", reason: `why-${index}` }));
  }
  assert.equal((await linesOf(telemetry, "attempts_lost_total")).length, 65);
});

test("a label that the note does not name is taken from the speaker's address", async () => {
  const telemetry = start();
  telemetry.onNote(
    said(
      "router.passed-over",
      { requestId: "r1", why: "no blocks" },
      { actor: "router/m.eu.interactive" },
    ),
  );
  telemetry.onNote(said("worker.dropped", { why: "x" }, { actor: "worker/w-1" }));
  telemetry.onNote(said("session.stale", { why: "x" }));
  assert.deepEqual(await linesOf(telemetry, "passed_over_total"), [
    '{pool="m.eu.interactive",reason="no blocks"} 1',
  ]);
  assert.deepEqual(await linesOf(telemetry, "messages_dropped_total"), [
    '{actor="worker"} 1',
    '{actor="session"} 1',
  ]);
});

test("gauges are read at each scrape, and what is gone is gone", async () => {
  let waiting = [{ metric: "tenant_waiting_requests", labels: { tenant: "acme" }, value: 7 }];
  const telemetry = start({ gauges: () => waiting });
  assert.deepEqual(await linesOf(telemetry, "tenant_waiting_requests"), ['{tenant="acme"} 7']);
  waiting = [];
  assert.deepEqual(await linesOf(telemetry, "tenant_waiting_requests"), []);
});

test("GPU time is counted by where it went", async () => {
  const telemetry = start();
  const at = { actor: "worker/w-1" };
  telemetry.onNote(said("worker.gpu-time", { worker: "w-1", kind: "idle", gpuUs: 2_000_000 }, at));
  telemetry.onNote(said("worker.gpu-time", { worker: "w-1", kind: "idle", gpuUs: 500_000 }, at));
  telemetry.onNote(said("worker.gpu-time", { worker: "w-1", kind: "requests", gpuUs: 1 }, at));
  assert.deepEqual(await linesOf(telemetry, "gpu_seconds_total"), [
    '{worker="w-1",kind="idle"} 2.5',
    '{worker="w-1",kind="requests"} 0.000001',
  ]);
});

test("the text is in Prometheus' format, with help and type for each metric of the catalogue", async () => {
  const text = await start({ withProcess: true }).metricsText();
  for (const { name, type, help } of catalogue) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name);
  }
  assert.match(text, /^process_cpu_seconds_total /m);
  assert.match(start().metricsContentType, /^text\/plain; version=0\.0\.4/);
});

test("names and units of the catalogue agree, and every note's metric is in it", () => {
  const names = catalogue.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, type, unit, labels, buckets } of catalogue) {
    assert.match(name, /^fairlead_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    for (const base of ["seconds", "flops", "bytes", "watts", "ratio"] as const) {
      assert.equal(new RegExp(`_${base}(_total)?$`).test(name), unit === base, name);
    }
    assert.equal(name.endsWith("_per_second"), unit.endsWith(" per second"), name);
    assert.equal(buckets !== undefined, type === "histogram", name);
    assert.ok(labels.length <= 3, name);
    assert.deepEqual(
      buckets,
      buckets?.toSorted((a, b) => a - b),
      name,
    );
  }
  const moved = new Set(
    Object.values(noteMetrics).flatMap((moves) => moves.map(({ metric }) => metric)),
  );
  for (const metric of moved) assert.ok(names.includes(metric), metric);
  const unmoved = catalogue
    .filter(({ name, type }) => type !== "gauge" && !moved.has(name))
    .map(({ name }) => name);
  assert.deepEqual(unmoved, ["fairlead_messages_dropped_total", "fairlead_stories_evicted_total"]);
});

test("the README has the catalogue as it is", () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  const bare = (table: string): string => table.replaceAll(/ +\|/g, " |").replaceAll(/-+/g, "-");
  assert.ok(
    bare(readme).includes(bare(catalogueTable())),
    `shared/telemetry/README.md should have this table:\n${catalogueTable()}`,
  );
});

test("a note that is loud enough is logged, and no note is too odd for the door", () => {
  const logged: string[] = [];
  const log = {
    isHeard: (level: string) => level !== "debug",
    note: (level: string, { event }: NoteRecord) => logged.push(`${level} ${event}`),
    say: () => undefined,
    flush: () => undefined,
  };
  const telemetry = start({ log });
  const { onNote } = telemetry;
  onNote(said("owner.lease-granted", { key: "/own/shard/1", epoch: 3 }));
  onNote(said("session.opened", { requestId: "r1" }));
  onNote(said("host.restarted", { reason: "broken law: x" }, { actor: "session/e1/r9" }));
  onNote(said("", {}));
  onNote(said("__proto__.constructor", { requestId: "__proto__", tenant: "__proto__" }));
  onNote(said("constructor", { requestId: 12 }));
  assert.deepEqual(logged, ["info owner.lease-granted", "error host.restarted"]);
  assert.equal(telemetry.story("r9")?.stages[0]?.event, "host.restarted");
  assert.equal(telemetry.story("__proto__")?.stages.length, 1);
  assert.equal(telemetry.story("12"), undefined);
});

test("a story's moments stay what they are, however the clocks drift between two looks", () => {
  let epochMs = 1_000_000.4;
  const telemetry = start({ epochMs: () => epochMs });
  telemetry.onNote(said("session.opened", { requestId: "r1" }, { nowMs: 5.25 }));
  const first = telemetry.story("r1");
  epochMs += 1234;
  assert.deepEqual(telemetry.story("r1"), first);
  assert.deepEqual(telemetry.recent({ limit: 1 })[0]?.arrivedAtEpochMs, 1_000_006);
  assert.equal(first?.stages[0]?.atEpochMs, 1_000_005.65);
});
