import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

const platform = scriptedPlatform();
const api = await startAdminApi({ ports: platform.ports }, { host: "127.0.0.1", port: 0 });
after(() => api.close());

async function check(...words: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

test("an alias is set and removed for a tenant or for all, and each is told to the registry as it was said", async () => {
  platform.commands.length = 0;
  assert.equal(
    (await check("alias", "set", "acme", "prod", "org/m.1:legal")).out,
    "prod of acme leads to org/m.1:legal (fleet version 10)",
  );
  await check("alias", "set", "@all", "best", "m");
  await check("alias", "remove", "acme", "prod");
  assert.deepEqual(platform.commands, [
    "alias prod of acme to org/m.1:legal by admin-api",
    "alias best of all to m by admin-api",
    "alias prod of acme to nothing by admin-api",
  ]);
});

test("what an alias cannot be is told, and a wrong command line is one", async () => {
  const unknown = await check("alias", "set", "acme", "prod", "nothing");
  assert.deepEqual(unknown, { code: 1, out: "fairlead: There is no model or adapter nothing." });
  for (const words of [
    ["alias"],
    ["alias", "set", "acme", "prod"],
    ["alias", "remove", "acme"],
    ["alias", "list", "acme", "prod"],
    ["alias", "swap", "acme"],
    ["alias", "set", "acme", "a:b", "m"],
    ["alias", "set", "acme", "prod", "m:a:b"],
  ]) {
    assert.equal((await check(...words)).code, 2, words.join(" "));
  }
});

test("aliases are listed with whose they are and who set them, all or one tenant's", async () => {
  platform.aliases = [
    { name: "best", target: "m", source: "file" },
    { name: "prod", target: "m:legal", tenants: ["acme"], source: "command" },
    { name: "prod", target: "m", tenants: ["bolt"], source: "file" },
  ];
  const lines = (await check("alias", "list", "acme")).out.split("\n").map((line) => line.trim());
  assert.deepEqual(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ["NAME", "LEADS TO", "TENANTS", "SET BY"],
      ["best", "m", "all", "file"],
      ["prod", "m:legal", "acme", "command"],
    ],
  );
});

const model: Model = {
  id: "m",
  version: "3",
  tokenizer: "quad",
  contextTokensMax: 100,
  outputTokensDefault: 9,
  createdAtEpochS: 0,
  status: "deprecated",
  retiresAtEpochMs: Date.UTC(2124, 0, 31),
  format: "gguf",
  quantisation: "Q4_K_M",
  runtimes: ["llama-cpp"],
};

const fleet: Fleet = {
  version: 1,
  tenants: [
    {
      policy: { tenant: "acme" as TenantId },
      trustGroup: "acme",
      models: ["m"],
      systemPrompts: [{ model: "m", text: "whisper" }],
    } as unknown as Tenant,
  ],
  keys: [],
  models: [model],
  pools: [],
  workers: [],
  adapters: [],
  aliases: [{ name: "a", target: "m", systemPrompt: "whisper" }],
};

test("the catalogue is a table", async () => {
  const ours = {
    policy: { tenant: "fairlead:rollouts" as TenantId },
    trustGroup: "fairlead:rollouts",
    models: ["m"],
  } as unknown as Tenant;
  // Our own account, while a rollout is under way, is no tenant: it is not counted.
  platform.fleet = { ...fleet, tenants: [...fleet.tenants, ours] };
  const [, row = ""] = (await check("models")).out.split("\n");
  assert.deepEqual(row.trim().split(/ {2,}/), [
    "m",
    "3",
    "deprecated",
    "2124-01-31T00:00:00.000Z",
    "private",
    "gguf",
    "Q4_K_M",
    "llama-cpp",
    "1",
    "0",
  ]);
});

test("a deprecated model whose moment has passed is told as retired", async () => {
  platform.fleet = { ...fleet, models: [{ ...model, retiresAtEpochMs: Date.now() - 1 }] };
  assert.match((await check("models")).out, /^ *m +3 +retired /m);
});

test("an operator who reads the fleet sees how long a tenant's words are, and none of them", async () => {
  platform.fleet = fleet;
  const response = await fetch(`http://127.0.0.1:${api.port}/admin/v1/fleet`);
  const text = await response.text();
  assert.ok(!text.includes("whisper"));
  assert.match(text, /"systemPrompts":\[\{"model":"m","characters":7\}\]/);
  assert.match(text, /"systemPrompt":\{"characters":7\}/);
});
