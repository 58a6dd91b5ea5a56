import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { endProcess } from "./end-process.ts";
import { identityOf, lives, signalProcess } from "./process-identity.ts";

async function started(script: string) {
  const child = spawn(process.execPath, ["-e", `${script}; console.log("on")`]);
  await once(child.stdout, "data");
  const identity = identityOf(child.pid ?? 0);
  assert.ok(identity !== undefined);
  return identity;
}

test("a process is ended by its signal, or killed when it does not go", async () => {
  const willing = await started("setInterval(() => {}, 1000)");
  assert.equal(await endProcess(willing, { signal: "SIGTERM", patienceMs: 5_000 }), true);
  const deaf = await started("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
  assert.equal(await endProcess(deaf, { signal: "SIGTERM", patienceMs: 100 }), false);
  assert.deepEqual([lives(willing), lives(deaf)], [false, false]);
});

test("a process that was stopped hears the signal all the same", async () => {
  const stopped = await started("setInterval(() => {}, 1000)");
  signalProcess(stopped, "SIGSTOP");
  assert.equal(await endProcess(stopped, { signal: "SIGTERM", patienceMs: 5_000 }), true);
});

test("another process that got the same pid is left alone", async () => {
  const stranger = await started("setInterval(() => {}, 1000)");
  const former = { pid: stranger.pid, startedAtTicks: "1" };
  assert.equal(await endProcess(former, { signal: "SIGKILL", patienceMs: 0 }), true);
  assert.ok(lives(stranger));
  await endProcess(stranger, { signal: "SIGKILL", patienceMs: 1_000 });
});
