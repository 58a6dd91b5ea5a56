import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Fleet } from "#shared/model/fleet.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

const platform = scriptedPlatform();
const api = await startAdminApi({ ports: platform.ports }, { host: "127.0.0.1", port: 0 });
after(async () => {
  await api.close();
  platform.store.close();
});

const files: Readonly<Record<string, string>> = {
  "golden.json": JSON.stringify({ passAtLeast: 0.9, prompts: [{ prompt: "a", text: "b" }] }),
  "list.json": JSON.stringify([{ prompt: "a", regex: "^b" }]),
  "broken.json": "{",
};

async function fairlead(...words: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: async (path) => files[path] ?? assert.fail(`no ${path}`),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

const start = (...words: string[]) =>
  fairlead("rollout", "start", "llama-3.1-8b:tone", "--to", "llama-3.1-8b:tone-v2", ...words);

const asked = (): unknown =>
  JSON.parse(/^rollout (.*) by admin-api$/.exec(platform.commands.at(-1) ?? "")?.[1] ?? "null");

const names = { name: "llama-3.1-8b:tone", to: "llama-3.1-8b:tone-v2" };

test("start says what was asked for, and nothing that was not", async () => {
  const { code, out } = await start();
  assert.equal(code, 0);
  assert.match(out, /^rollout r1 of llama-3.1-8b:tone is under way/);
  assert.deepEqual(asked(), names);
});

test("every option of start reaches the platform in its units", async () => {
  const options =
    "--tenant acme --shadow 10% --steps 1,10%,100 --dwell 2m --samples 30 --slower 1.5";
  await start(...options.split(" "), "--golden", "golden.json", "--evaluator", "judge");
  assert.deepEqual(asked(), {
    ...names,
    tenant: "acme",
    shadow: 10,
    steps: [1, 10, 100],
    dwellMs: 120_000,
    samples: 30,
    tolerances: { ttft: 1.5, tpot: 1.5 },
    passAtLeast: 0.9,
    golden: [{ prompt: "a", text: "b" }],
    evaluator: "judge",
  });
  await start("--golden", "list.json");
  assert.deepEqual(asked(), { ...names, golden: [{ prompt: "a", regex: "^b" }] });
});

test("what is wrong with a command line is told before anything is asked", async () => {
  const told = platform.commands.length;
  const mistakes: readonly (readonly [words: readonly string[], why: RegExp])[] = [
    [["start", "llama-3.1-8b:tone"], /--to/],
    [["start", "llama-3.1-8b"], /expected: fairlead rollout start NAME --to NAME2/],
    [["start", "m:n", "--to", "m:o", "--dwell", "30"], /--dwell: expected a duration/],
    [["start", "m:n", "--to", "m:o", "--steps", "1,ten"], /--steps: expected a number/],
    [["start", "m:n", "--to", "m:o", "--golden", "broken.json"], /broken.json is no JSON/],
    [["show", "r1", "--to", "m:o"], /rollout show has no option --to/],
    [["list", "r1"], /rollout list takes no id/],
    [["abort"], /expected: fairlead rollout abort ID/],
    [["begin", "r1"], /rollout knows start, list, show/],
  ];
  for (const [words, why] of mistakes) {
    const { code, out } = await fairlead("rollout", ...words);
    assert.equal(code, words.includes("broken.json") ? 1 : 2, words.join(" "));
    assert.match(out, why);
  }
  assert.equal(platform.commands.length, told);
});

test("a refusal is the platform's own words", async () => {
  const { code, out } = await fairlead("rollout", "start", "m:n", "--to", "llama-3.1-8b:gone");
  assert.deepEqual([code, out], [1, "fairlead: There is no adapter llama-3.1-8b:gone."]);
});

test("show tells stage, share, both versions' figures and the exposure", async () => {
  const { out } = await fairlead("rollout", "show", "r1");
  assert.match(out, /stage {6}2 of 3: canary 10 %, at least 30 s and 50 requests/);
  assert.match(out, /waits for {2}42 more requests with v2/);
  assert.match(out, /exposure {3}10 requests had v2, 5 % of all/);
  assert.match(out, /^v1 +190 +189 +1 +0/m);
  assert.match(out, /^v2 +10 +10 +2 +0 +78.97 +78.97/m);
  const { out: json } = await fairlead("rollout", "show", "r1", "--json");
  assert.deepEqual(JSON.parse(json).exposure, { requests: 10, percent: 5 });
  assert.equal((await fairlead("rollout", "show", "r2")).code, 1);
});

test("show of a model's name tells when nothing runs in the old pool and no name leads there", async () => {
  const show = async () => (await fairlead("rollout", "show", "r-model")).out;
  const moved = (await platform.ports.rollouts.find("r-model"))?.record ?? assert.fail("not there");
  const [standing] = platform.pools;
  assert.ok(standing !== undefined);
  const { pool, model, region } = standing;
  const fleet: Fleet = {
    version: 8,
    tenants: [],
    keys: [],
    models: [],
    workers: [],
    adapters: [],
    pools: [{ id: pool, model, region, class: "interactive" }],
    rollouts: [{ ...moved, isOver: false }],
  };
  platform.fleet = fleet;
  const under = await show();
  assert.match(under, /name {7}llama-3.1-8b for all tenants/);
  assert.match(under, /from, to {3}llama-3.1-8b → llama-3.2-8b/);
  assert.match(under, /old pool {3}\S+: 7 run or wait$/m);
  assert.match(under, /old names {2}llama-3.1-8b still lead to llama-3.1-8b$/m);
  platform.fleet = { ...fleet, rollouts: [{ ...moved, isOver: true }] };
  assert.match(await show(), /old pool {3}\S+: 7 run or wait$/m);
  platform.pools = [{ ...standing, waiting: 0, running: 0 }];
  const empty = await show();
  assert.match(empty, /old pool {3}\S+: nothing runs or waits; take it out of the fleet file$/m);
  assert.doesNotMatch(empty, /old names/);
  platform.pools = [];
  assert.match(await show(), /its router does not answer$/m);
  platform.pools = [standing];
  platform.fleet = undefined;
});

test("list has each with its state and reason", async () => {
  const { out } = await fairlead("rollout", "list");
  assert.match(out, /^r1 .*llama-3.1-8b:tone +all +bbbbbbbbbbbb +live +10 % +50 requests/m);
});

test("an operator's word is answered with what became of it; what is over takes none", async () => {
  const { code, out } = await fairlead("rollout", "abort", "r1");
  assert.deepEqual([code, out], [0, "rollout r1 is aborted at 0 %: aborted by an operator"]);
  assert.equal(platform.commands.at(-1), "abort r1 by admin-api");
  const again = await fairlead("rollout", "promote", "r1");
  assert.equal(again.code, 1);
  assert.match(again.out, /Rollout r1 is aborted already/);
});
