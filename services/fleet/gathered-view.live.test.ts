import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { deadLetterDesk } from "#shared/bus/dead-letter-desk.ts";
import { FileDeadLetters } from "#shared/bus/file-dead-letters.ts";
import { memoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import { natsAsking } from "#shared/bus/nats-asking.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";
import { gatheredPorts } from "./gathered-view.ts";
import { placePool, placeQueue, scriptedFleet, scriptedProcess } from "./process-answers.cases.ts";
import type { ScriptedProcess } from "./process-answers.cases.ts";

// Three processes on a real bus, and a fleet of ten thousand tenants.

const folder = mkdtempSync(join(tmpdir(), "fairlead-gathered-"));
const nats = await startNatsServers({ folder, members: 1 });
const links: NatsLink[] = [];
const processes: ScriptedProcess[] = [];
const fleet = scriptedFleet(10_000);

async function link(process: string): Promise<NatsLink> {
  const { servers } = nats;
  const made = await connectNats({ servers, role: "registry", process, onNote: () => undefined });
  links.push(made);
  return made;
}

async function start(role: string, process: string): Promise<ScriptedProcess> {
  const made = await link(process);
  const started = scriptedProcess({ role, process, fleet, answering: natsAsking(made) });
  processes.push(started);
  await made.connection.flush();
  return started;
}

const edge = await start("edge", "edge-1");
const control = await start("control", "control-1");
const metering = await start("metering", "metering-1");
const gathered = gatheredPorts({
  asking: natsAsking(await link("registry-1")),
  expected: () => ["edge-1", "control-1", "metering-1"],
  fleet: () => fleet,
  coordination: { put: () => undefined },
  host: { nowMs: () => performance.now(), send: () => "accepted" },
});
const api = await startAdminApi(
  {
    ports: {
      ...gathered,
      fleet: {
        current: async () => fleet,
        apply: () => Promise.reject(new Error("not here")),
        preview: () => Promise.reject(new Error("not here")),
        throttle: () => Promise.reject(new Error("not here")),
        setAlias: () => Promise.reject(new Error("not here")),
        aliases: () => Promise.reject(new Error("not here")),
      },
      audit: scriptedPlatform().ports.audit,
      quotaAlerts: scriptedPlatform().ports.quotaAlerts,
      gpu: scriptedPlatform().ports.gpu,
      margin: scriptedPlatform().ports.margin,
      sums: scriptedPlatform().ports.sums,
      keys: {
        list: async () => [],
        create: () => Promise.reject(new Error("not here")),
        rotate: () => Promise.reject(new Error("not here")),
        revoke: () => Promise.reject(new Error("not here")),
      },
      billing: {} as never,
      reconciling: scriptedPlatform().ports.reconciling,
      rollouts: {
        start: () => Promise.reject(new Error("not here")),
        list: async () => [],
        find: async () => undefined,
        tell: async () => "unknown",
      },
      deadLetters: deadLetterDesk(new FileDeadLetters({}), memoryCoordination()),
      ledger: { usageOf: async () => [], totals: () => Promise.reject(new Error("not here")) },
    },
  },
  { host: "127.0.0.1", port: 0 },
);
after(async () => {
  await api.close();
  for (const one of processes) one.stop();
  await Promise.all(links.map((one) => one.close()));
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function fairlead(...words: string[]): Promise<string> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  assert.equal(code, 0, lines.join("\n"));
  return lines.join("\n");
}

test("ten thousand tenants come over the bus whole", async () => {
  for (const { policy } of fleet.tenants) placeQueue(control, policy.tenant, { shardEpoch: 2 });
  placePool(control, { poolEpoch: 4 });
  const { tenants, silent } = JSON.parse(await fairlead("tenants", "--json"));
  assert.equal(silent, undefined);
  assert.equal(tenants.length, 10_000);
  assert.ok(tenants.every((one: { readonly state: string }) => one.state === "serving"));
  const ready = await fetch(`http://127.0.0.1:${api.port}/readyz`);
  assert.deepEqual([ready.status, await ready.json()], [200, { status: "ready", missing: [] }]);
});

test("a request is explained from all that its processes said, and counted where it was", async () => {
  const at = 1_700_000_100_000;
  const fields = { requestId: "ab".repeat(16), tenant: "t-7", model: "m" };
  control.say("queue.admitted", fields, at + 2);
  edge.say("session.opened", { ...fields, promptTokens: 3 }, at);
  edge.say("session.submitted", { ...fields, attempt: 1 }, at + 1);
  edge.say("session.finished", { ...fields, outcome: "stop", e2eMs: 9 }, at + 9);
  const story = await fairlead("explain", `chatcmpl-${fields.requestId}`);
  assert.match(story, /state      ended: stop\n/);
  assert.match(
    story,
    /\+0\.0 ms .* in edge-1\n.*\+1\.0 ms .* in edge-1\n.*\+2\.0 ms .* in control-1\n.*\+9\.0 ms /,
  );
  const metrics = await (await fetch(`http://127.0.0.1:${api.port}/metrics`)).text();
  assert.match(
    metrics,
    /^fairlead_requests_total\{tenant="t-7",model="m",outcome="stop",process="edge-1"\} 1$/m,
  );
  assert.match(metrics, /^fairlead_tenant_waiting_requests\{tenant="t-9999"\} 0$/m);
});

test("a process that went away without a word is named", async () => {
  metering.stop();
  await links.find(({ process }) => process === "metering-1")?.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const beganMs = performance.now();
  const text = await fairlead("processes");
  assert.ok(performance.now() - beganMs < 1000);
  assert.match(text, /\nedge-1 +edge +a +7 +[\d.]+ +ready\n/);
  assert.match(text, /\nmetering-1 +silent\nnote: no answer from metering-1/);
});
