import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommandLine } from "#services/console/command-line.ts";
import { readEmbeddedConfig } from "#services/embedded/config.ts";
import type { Platform } from "#services/embedded/platform.ts";
import { startPlatform } from "#services/embedded/platform.ts";
import type { Billed } from "./judge.ts";
import { judge } from "./judge.ts";
import { runClients } from "./run-clients.ts";

// The bounded part of `npm run bench -- billing-accuracy`: one process, two hundred requests, each billed what its client counted.

const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
  FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: "5",
};
const folder = mkdtempSync(join(tmpdir(), "billing-"));
const sinceEpochMs = Date.now() - 60_000;
let platform: Platform;

before(async () => {
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  platform = await startPlatform(config, environment);
});
after(async () => {
  await platform.drain();
  rmSync(folder, { recursive: true });
});

interface UsageAnswer {
  readonly records: readonly Billed[];
}

async function billedOf(tenant: string): Promise<readonly Billed[]> {
  const url = `http://127.0.0.1:${platform.adminPort}/admin/v1/usage?tenant=${tenant}&limit=10000`;
  return ((await (await fetch(url)).json()) as UsageAnswer).records;
}

async function fairlead(
  ...words: string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(platform.adminPort) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: async () => "",
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, text: lines.join("\n") };
}

const range = (): readonly string[] => [
  "--from",
  new Date(sinceEpochMs).toISOString(),
  "--to",
  new Date(Date.now() + 60_000).toISOString(),
];

test("every request is billed what its client counted, and the proof of it agrees", async () => {
  const edges = [`127.0.0.1:${platform.httpPort}`];
  const receipts = await runClients({ requests: 200, clients: 32, seed: 7, edges });
  const tenants = ["acme", "bolt", "corner"];
  const untilMs = performance.now() + 8_000;
  let figures = judge(receipts, (await Promise.all(tenants.map(billedOf))).flat());
  while (figures.mismatches + figures.missing > 0 && performance.now() < untilMs) {
    await sleep(100);
    figures = judge(receipts, (await Promise.all(tenants.map(billedOf))).flat());
  }
  const { mismatches, over_window, double_billed, missing, wrong } = figures;
  assert.deepEqual(
    [mismatches, over_window, double_billed, missing],
    [0, 0, 0, 0],
    wrong.join("\n"),
  );
  assert.ok(figures.cut > 10 && figures.duplicates > 20 && figures.refused > 0);
  assert.equal(figures.billed_tokens, figures.received_tokens);
  const proof = await fairlead("reconcile", ...range());
  assert.equal(proof.code, 0, proof.text);
  assert.match(proof.text, /acme +(\d+) +\1 +\1 /, "admitted, rows and final rows are the same");
});

test("the report of a tenant has its hash, and that of the same rows is the same later", async () => {
  const hashOf = async (): Promise<string | undefined> => {
    const { text } = await fairlead("reconcile", ...range(), "--tenant", "bolt", "--report", "-");
    assert.doesNotMatch(text, /acme|corner|edge-1|embedded/);
    return /SHA-256 `([0-9a-f]{64})`/.exec(text)?.[1];
  };
  const first = await hashOf();
  assert.ok(first);
  assert.equal(await hashOf(), first);
});
