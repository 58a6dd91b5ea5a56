import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readEmbeddedConfig } from "./config.ts";
import { startPlatform } from "./platform.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");

for (const [what, change, why] of [
  [
    "more KV than its GPUs have beside the weights",
    ["kvBlocks: 27000", "kvBlocks: 270000"],
    /line \d+, workers\[0\]\.engine\.kvBlocks: expected at most 33\d\d\d blocks of 16 tokens: llama3_8b\/tp1\/bfloat16 has memory for no more beside its weights, found 270000/,
  ],
  [
    "a step table that there is not",
    ["profile: llama3_8b/tp1/bfloat16", "profile: llama9_8b/tp1/bfloat16"],
    /engine\.profile: expected one of llama3_8b\/tp1\/bfloat16, .*found "llama9_8b\/tp1\/bfloat16"/,
  ],
] as const) {
  test(`a fleet with a replica of ${what} does not start, and says where and why`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-fleet-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const fleetFile = join(folder, "fleet.yaml");
    const [stands, put] = change;
    assert.ok(example.includes(stands));
    writeFileSync(fleetFile, example.replace(stands, put));
    const environment = { FAIRLEAD_HTTP_PORT: "0", FAIRLEAD_FLEET_FILE: fleetFile };
    const config = { ...readEmbeddedConfig(environment), dataDirectory: "", fleetFile };
    await assert.rejects(startPlatform(config, environment), why);
  });
}
