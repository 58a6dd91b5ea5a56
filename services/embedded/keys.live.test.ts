import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { runCommandLine } from "#services/console/command-line.ts";
import { issuerStage } from "#services/edge/tokens/issuer-stage.cases.ts";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// The whole platform: keys by command and tokens of an issuer, over a restart.

const folder = mkdtempSync(join(tmpdir(), "fairlead-keys-"));
const fleetFile = join(folder, "fleet.yaml");
const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const idp = await issuerStage({ after });
const { id, issuer, jwksUrl, audience } = idp.issuer;
const issuers = JSON.stringify([{ id, issuer, jwksUrl, audience, tenants: ["acme"] }]);
writeFileSync(fleetFile, `${example}\nissuers: ${issuers}\n`);
const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
  FAIRLEAD_FLEET_FILE: fleetFile,
};
const model = "llama-3.1-8b";
const start = (): Promise<Platform> =>
  startPlatform(
    { ...readEmbeddedConfig(environment), dataDirectory: join(folder, "data") },
    environment,
  );
let platform = await start();
after(async () => {
  await platform.drain();
  rmSync(folder, { recursive: true, force: true });
});

const openai = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${platform.httpPort}/v1`, maxRetries: 0 });

async function fairlead(...words: string[]): Promise<Record<string, unknown>> {
  const lines: string[] = [];
  const code = await runCommandLine([...words, "--json"], {
    environment: { FAIRLEAD_ADMIN_PORT: String(platform.adminPort) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  assert.equal(code, 0, lines.join("\n"));
  return JSON.parse(lines.join("\n")) as Record<string, unknown>;
}

/** `200`, or what its refusal says. */
async function say(key: string): Promise<string> {
  try {
    await openai(key).completions.create({ model, prompt: "hi", max_tokens: 1 });
    return "200";
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    return error.message;
  }
}

async function until(expected: RegExp, key: string, patienceMs = 5_000): Promise<void> {
  const endMs = performance.now() + patienceMs;
  let last = "";
  while (performance.now() < endMs) {
    last = await say(key);
    if (expected.test(last)) return;
    await sleep(20);
  }
  assert.match(last, expected);
}

test("a made key works within a second; revoked, it opens nothing and its stream ends", async () => {
  const made = await fairlead("key", "create", "acme", "--scopes", "inference");
  const secret = String(made["secret"]);
  await until(/^200$/, secret, 1_000);
  const long = { model, prompt: "q", max_tokens: 20_000, ignore_eos: true } as const;
  const stream = await openai(secret).completions.create({ ...long, stream: true });
  let isBegun = false;
  const reading = (async () => {
    for await (const _ of stream) {
      if (!isBegun) void fairlead("key", "revoke", String(made["id"]));
      isBegun = true;
    }
  })();
  await assert.rejects(reading, /has been revoked/);
  await until(/has been revoked/, secret);
  const { keys } = (await fairlead("key", "list", "--tenant", "acme")) as {
    keys: { id: string; state: string }[];
  };
  assert.equal(keys.find((key) => key.id === made["id"])?.state, "revoked");
});

test("a rotated key's successor works at once, and the old one to its moment", async () => {
  const old = await fairlead("key", "create", "bolt");
  await until(/^200$/, String(old["secret"]));
  const next = await fairlead("key", "rotate", String(old["id"]), "--overlap", "1500ms");
  const { endsAtEpochMs } = next["replaced"] as { endsAtEpochMs: number };
  await until(/^200$/, String(next["secret"]), 1_000);
  assert.equal(await say(String(old["secret"])), "200");
  await sleep(endsAtEpochMs - Date.now() + 5);
  assert.match(await say(String(old["secret"])), /has expired/);
});

test("a restart, which applies the fleet file, brings back no key that was revoked, and forgets none that was made", async () => {
  const made = await fairlead("key", "create", "acme");
  await fairlead("key", "revoke", "corner-demo");
  await platform.drain();
  platform = await start();
  assert.equal(await say(String(made["secret"])), "200");
  assert.match(await say("fl-demo-corner"), /has been revoked/);
});

test("a token of the fleet file's issuer speaks for the tenants that it may speak for", async () => {
  assert.equal(await say(await idp.token({ tier: "enterprise" })), "200");
  assert.match(await say(await idp.token({ tier: "starter" })), /tier/);
  assert.match(
    await say(await idp.token({ tenant_id: "bolt", tier: undefined })),
    /names no tenant/,
  );
  assert.match(
    await say(await idp.token({ tier: undefined, allowed_models: [] })),
    /does not exist or you do not have access/,
  );
});
