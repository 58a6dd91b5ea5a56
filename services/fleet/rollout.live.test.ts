import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { clusterStatus } from "#deploy/local/cluster/status.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { legalText } from "#services/embedded/legal-text.cases.ts";
import type { RolloutRecord } from "#shared/model/rollout.ts";
import { rolloutAccount } from "#shared/model/rollout.ts";

// Rollouts over processes: decided in the registry's, counted and followed by two edges, tried on workers elsewhere.

const folder = join(mkdtempSync(join(tmpdir(), "fairlead-rollout-fleet-")), "cluster");
const model = "llama-3.1-8b";
const version = (letter: string): string => letter.repeat(64);
const prompt = "what is a fairlead";

before(async () => {
  await clusterUp({ folder, edges: 2, workers: 2 });
});
after(async () => {
  await clusterDown(folder);
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

async function doors(role: string): Promise<readonly string[]> {
  const { processes } = await clusterStatus(folder);
  return processes
    .filter((one) => one.role === role)
    .map(({ http, admin }) => (role === "edge" ? http : admin) ?? "");
}

async function admin(
  method: string,
  path: string,
  body?: string,
): Promise<Record<string, unknown>> {
  const [registry] = await doors("registry");
  const type = path.endsWith("/fleet") ? "application/yaml" : "application/json";
  const response = await fetch(`http://${registry}/admin/v1${path}`, {
    method,
    headers: { "content-type": type },
    ...(body === undefined ? {} : { body }),
  });
  const answer = await response.text();
  assert.ok(response.ok, answer);
  return JSON.parse(answer) as Record<string, unknown>;
}

const rollouts = async (method: string, path: string, body?: object): Promise<RolloutRecord> =>
  (await admin(
    method,
    `/rollouts${path}`,
    body === undefined ? undefined : JSON.stringify(body),
  )) as unknown as RolloutRecord;

async function ask(edge: string, user: string): Promise<string> {
  const response = await fetch(`http://${edge}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({ model: `${model}:tone`, prompt: "hello there", max_tokens: 2, user }),
  });
  assert.equal(response.status, 200, await response.text());
  return response.headers.get("x-fairlead-adapter") ?? "";
}

async function until(id: string, isSo: (record: RolloutRecord) => boolean): Promise<RolloutRecord> {
  for (let round = 0; ; round++) {
    const record = await rollouts("GET", `/${id}`);
    if (isSo(record)) return record;
    assert.ok(round < 300, JSON.stringify(record));
    await sleep(100);
  }
}

const golden = (letter: string) => [
  {
    prompt,
    outputTokensMax: 8,
    text: legalText({
      tenant: rolloutAccount,
      adapterDigest: version(letter),
      prompt,
      outputTokensMax: 8,
    }),
  },
];

test("golden prompts run over the fleet, and a version that answers otherwise goes no further", async () => {
  const ofCluster = readFileSync(join(folder, "fleet.yaml"), "utf8");
  const adapters = ["tone a", "tone-v2 b"].map((one) => {
    const [name, letter = ""] = one.split(" ");
    return `  - { name: ${name}, model: ${model}, digest: ${version(letter)}, bytes: 1000000, tenants: [acme] }\n`;
  });
  await admin("PUT", "/fleet", `${ofCluster}\n${adapters.join("")}`);
  const begun = await rollouts("POST", "", {
    name: `${model}:tone`,
    to: `${model}:tone-v2`,
    golden: golden("a"),
  });
  const record = await until(begun.id, ({ state }) => state !== "live");
  assert.equal(record.state, "rolled-back");
  assert.match(record.reason, /^golden prompts: 1 of 1 wrong.*expected/);
});

test("both edges give a conversation the same version, and a decider that was killed goes on", async () => {
  const begun = await rollouts("POST", "", {
    name: `${model}:tone`,
    to: `${model}:tone-v2`,
    golden: golden("b"),
    steps: [50, 100],
    dwellMs: 3_600_000,
  });
  await until(begun.id, ({ share }) => share === 5_000);
  await sleep(1_000);
  const edges = await doors("edge");
  const users = Array.from({ length: 12 }, (_, at) => `user ${at}`);
  const askAll = (edge: string) => Promise.all(users.map((user) => ask(edge, user)));
  const [first = [], second] = await Promise.all(edges.map(askAll));
  assert.deepEqual(second, first);
  assert.deepEqual([...new Set(first)].toSorted(), [version("a"), version("b")]);
  const counted = async (): Promise<number> => {
    const { exposure } = (await rollouts("GET", `/${begun.id}`)) as unknown as {
      readonly exposure: { readonly requests: number };
    };
    return exposure.requests;
  };
  const had = 2 * first.filter((digest) => digest === version("b")).length;
  for (let round = 0; (await counted()) < had && round < 50; round++) await sleep(100);
  assert.equal(await counted(), had, "both edges' requests, each once");
  const { members } = requiredState(folder);
  const registry = members.find(({ role }) => role === "registry") ?? assert.fail("no registry");
  process.kill(registry.pid, "SIGKILL");
  await restartProcess(folder, registry.name);
  await askAll(edges[0] ?? "");
  for (let round = 0; (await counted()) < 1.5 * had && round < 80; round++) await sleep(100);
  assert.equal(await counted(), 1.5 * had, "counted on from what was kept");
  const user = users[first.indexOf(version("b"))] ?? assert.fail("nobody has it");
  await rollouts("POST", `/${begun.id}/abort`);
  const beganMs = performance.now();
  const seenMs = await Promise.all(
    edges.map(async (edge) => {
      while ((await ask(edge, user)) !== version("a"))
        assert.ok(performance.now() - beganMs < 5_000);
      return Math.round(performance.now() - beganMs);
    }),
  );
  console.log(`# edges follow ${seenMs.join(" and ")} ms after it is answered`);
});
