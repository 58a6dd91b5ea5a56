import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { smallFileSystem } from "#services/metering/outbox/small-file-system.cases.ts";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

const ask = (platform: Platform): Promise<Response> =>
  fetch(`http://127.0.0.1:${platform.httpPort}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({ model: "llama-3.1-8b", prompt: "four", max_tokens: 2 }),
  });

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 15_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < untilMs, what);
    await sleep(50);
  }
}

test("with a full disk under the outbox the edge admits nothing, says so, and admits again by itself when there is room", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "outbox-full-"));
  const small = smallFileSystem(folder);
  context.after(() => {
    small?.unmount();
    rmSync(folder, { recursive: true, force: true });
  });
  if (small === undefined) return context.skip("no file system may be mounted here");
  const environment = {
    FAIRLEAD_HTTP_PORT: "0",
    FAIRLEAD_GRPC_PORT: "0",
    FAIRLEAD_ADMIN_PORT: "0",
    FAIRLEAD_LOG_LEVEL: "silent",
  };
  const { place } = small;
  const outboxFolder = join(place, "outbox");
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "", outboxFolder };
  const platform = await startPlatform(config, environment);
  context.after(() => platform.drain());
  const readiness = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${platform.adminPort}/readyz`)).text();
  assert.equal((await ask(platform)).status, 200);
  // What it kept of that is given up once the ledger has it: room that a filler would miss.
  const kept = (): readonly string[] =>
    readdirSync(outboxFolder).filter((name) => name.endsWith(".outbox"));
  await until("at rest", async () => kept().length === 0);
  const filler = join(place, "filler");
  assert.throws(() => writeFileSync(filler, Buffer.alloc(1024 * 1024)), /ENOSPC/);
  // Admitted before anybody knew: it runs to its end.
  assert.equal((await ask(platform)).status, 200);
  await until("closed", async () => (await readiness()).includes("no space is left"));
  const refused = await ask(platform);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "5");
  assert.match(await refused.text(), /usage_not_kept/);
  rmSync(filler);
  await until("open again", async () => (await readiness()).includes('"ready"'));
  assert.equal((await ask(platform)).status, 200);
});
