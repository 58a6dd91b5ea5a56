import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Address, Note } from "#shared/actor/actor.ts";
import { compileCache } from "#shared/config/compile-cache.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { startAdminApi } from "./admin-api.ts";
import { scriptedPlatform } from "./scripted/scripted-platform.ts";

const platform = scriptedPlatform();
const api = await startAdminApi({ ports: platform.ports }, { host: "127.0.0.1", port: 0 });
const scratch = mkdtempSync(join(tmpdir(), "fairlead-"));
after(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await api.close();
});

const bin = fileURLToPath(new URL("./fairlead.ts", import.meta.url));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
}

function run(
  words: readonly string[],
  { file = bin, port = String(api.port) } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], FAIRLEAD_ADMIN_PORT: port, ...compileCache };
    execFile(file, [...words], { env }, (error, out, complaint) => {
      resolve({
        code: typeof error?.code === "number" ? error.code : error ? -1 : 0,
        out,
        complaint,
      });
    });
  });
}

const requestId = "cd".repeat(16);

function say(nowMs: number, event: string, fields: Note["fields"]): void {
  const actor = `${event.split(".")[0]}/x` as Address;
  platform.telemetry.onNote({
    kind: "note",
    event,
    actor,
    nowMs,
    fields: { requestId, ...fields },
  });
}

const adapterDigest = "c7".repeat(32);

say(900, "session.opened", {
  tenant: "acme",
  model: "llama-3.1-8b",
  adapterDigest,
  promptTokens: 12,
  attempt: 1,
});
say(900.2, "queue.offered", { attempt: 1, startTag: 0, finishTag: 9 });
say(901, "router.passed-over", { why: "no blocks" });
say(905.2, "router.granted", { worker: "h100-a1", blocks: 9, waitedMs: 5 });
say(906, "worker.started", { worker: "h100-a1" });
say(960, "session.finished", { outcome: "stop", outputTokens: 40, e2eMs: 60, ttftMs: 20 });

test("explain tells the story: what, where it waited and why, who ran it", async () => {
  const { code, out } = await run(["explain", `chatcmpl-${requestId}`]);
  assert.equal(code, 0);
  assert.match(out, new RegExp(`^request ${requestId}\n  tenant     acme\n`));
  assert.match(out, /state      ended: stop\n/);
  assert.match(out, /adapter    c7c7c7c7c7c7\n/);
  assert.match(
    out,
    /workers    h100-a1\n  KV blocks  at most 9\n  tokens     12 prompt, 40 output\n/,
  );
  assert.match(out, /  router +5\.0 ms +no blocks\n/);
  assert.match(out, /  \+5\.2 ms +granted h100-a1 and 9 KV blocks after 5 ms +router\/x\n/);
});

test("tenants, workers and pools are aligned tables", async () => {
  const { out } = await run(["workers"]);
  const lines = out.trimEnd().split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? "", /^WORKER   POOL +ZONE  STATE +BREAKER +INCARNATION  RUNNING/);
  const column = (lines[0] ?? "").indexOf("STATE");
  assert.deepEqual(
    lines.slice(1).map((line) => line.slice(column).split(" ")[0]),
    ["serving", "cordoned", "serving"],
  );
  assert.deepEqual(
    lines.slice(1).map((line) => line.slice((lines[0] ?? "").indexOf("BREAKER")).split(" ")[0]),
    ["open", "closed", "closed"],
  );
  assert.match(
    (await run(["tenants"])).out,
    /^TENANT .*\nacme +enterprise +8 +serving +2 +5 +512 +59993 +59990000\n$/,
  );
  assert.match(
    (await run(["pools"])).out,
    /llama-3\.1-8b\.eu\.interactive +interactive +serving +4 +3\/4 +2 +5 +123456 +250000 +1200000 +0\.9980\n$/,
  );
});

test("fairness tells each tenant's share beside its weight, and each pool's gap beside its bound", async () => {
  const { code, out } = await run(["fairness"]);
  assert.equal(code, 0);
  assert.match(out, /interactive +acme +0 +8 +66\.7 % +64\.2 % +250000 +2 +5 +1\.25 +2\n/);
  assert.match(out, /COMPARED +GAP +BOUND +JAIN\n\S+interactive +2 +250000 +1200000 +0\.9980\n$/);
  assert.equal((await run(["fairness", "llama-3.1-8b.eu.interactive"])).out, out);
  const unknown = await run(["fairness", "nowhere"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.complaint, /There is no pool nowhere; there are llama-3\.1-8b\.eu\./);
  assert.equal((await run(["fairness", "a", "b"])).code, 2);
});

test("gpus tells each GPU as it is read, and whose the time was; what is not known is empty", async () => {
  const { code, out } = await run(["gpus"]);
  assert.equal(code, 0);
  assert.match(
    out,
    /\nh100-a1 +0 +NVIDIA H100 80GB HBM3 +nvidia-smi +97\.0 % +72\.0 \/ 85\.5 +612 \/ 700 +2 +21\.3 %\n/,
  );
  assert.match(out, / acme +60\.000 +60\.0 % +12500\.0\n.*\(overhead\) +15\.000 +15\.0 %\n/);
  assert.match(out, /\(idle\) +25\.000 +25\.0 %\n$/);
  assert.equal((await run(["gpus", "llama-3.1-8b.eu.interactive"])).out, out);
  assert.equal((await run(["gpus", "nowhere"])).code, 1);
});

test("kv tells what each tenant holds beside its budget, and each worker's books", async () => {
  const { code, out } = await run(["kv"]);
  assert.equal(code, 0);
  assert.match(out, /SEQUENCES +GUARANTEED +BURST +ON LOAN\n\S+ +acme +700 +5 +500 +9000 +200\n/);
  assert.match(out, /DRIFTS\n\S+ +h100-a1 +27000 +700 +26300 +0 +5 +1\n$/);
  assert.equal((await run(["kv", "llama-3.1-8b.eu.interactive"])).out, out);
  assert.equal((await run(["kv", "nowhere"])).code, 1);
});

test("a tenant is narrowed and widened, in one pool or in all", async () => {
  const pool = "llama-3.1-8b.eu.interactive";
  const said = await run(["narrow", "acme", "--pool", pool, "--workers", "2"]);
  assert.equal(said.code, 0);
  assert.match(
    said.out,
    /^acme is narrowed to 2 of 4 workers in llama\S+\n.*fairlead widen acme\n$/,
  );
  await run(["narrow", "acme"]);
  await run(["widen", "acme"]);
  assert.deepEqual(platform.commands.slice(-3), [
    `narrow acme ${pool} 2`,
    "narrow acme everywhere 0",
    "widen acme everywhere",
  ]);
  const wrong: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["narrow", "nobody"], 1, /There is no tenant nobody/],
    [["widen", "acme", "--pool", "nowhere"], 1, /There is no pool nowhere/],
    [["narrow", "acme", "--workers", "0"], 2, /--workers: expected a whole number from 1/],
    [["widen", "acme", "--workers", "1"], 2, /widen has no option --workers/],
    [["narrow"], 2, /expected: fairlead narrow TENANT/],
  ];
  for (const [words, code, complaint] of wrong) {
    const failed = await run(words);
    assert.equal(failed.code, code, words.join(" "));
    assert.match(failed.complaint, complaint);
  }
});

test("processes tells what each is and lacks, and names the silent", async () => {
  platform.gaps = { silent: ["worker-2"], omitted: 0 };
  const { out } = await run(["processes"]);
  const { out: tenants } = await run(["tenants"]);
  platform.gaps = { silent: [], omitted: 0 };
  const [titles, edge, silent, note] = out.split("\n");
  assert.match(titles ?? "", /^PROCESS +ROLE +ZONE +FLEET +LAG MS +STATE$/);
  assert.match(edge ?? "", /^edge-1 +edge +a +7 +1\.3 +not ready: no lease$/);
  assert.match(silent ?? "", /^worker-2 +silent$/);
  assert.equal(note, "note: no answer from worker-2: what only they know is missing");
  assert.match(tenants, /\nnote: no answer from worker-2: what only they know is missing\n$/);
});

test("usage tells records and totals", async () => {
  const record = {
    requestId: "r1",
    arrivedAtEpochMs: 0,
    tenant: "acme",
    model: "m",
    adapterDigest,
    outcome: "stop",
    promptTokens: 12,
    cachedTokens: 0,
    outputTokens: 40,
    attempts: 1,
    gpuUs: 51_000,
  };
  platform.usage = [{ record, isFinal: true } as unknown as UsageEntry];
  const { out } = await run(["usage", "--tenant", "acme"]);
  assert.match(
    out,
    /r1 +1970-01-01T00:00:00\.000Z +acme +m +c7c7c7c7c7c7 +stop +12 +0 +40 +1 +51\n/,
  );
  assert.doesNotMatch(out, /edge_lost|witnesses_lost/);
  platform.usage = ["edge_lost", "witnesses_lost"].map(
    (outcome) => ({ record: { ...record, outcome }, isFinal: true }) as unknown as UsageEntry,
  );
  const lost = (await run(["usage"])).out;
  assert.match(lost, /c7c7c7c7c7c7 +edge_lost +12/);
  assert.match(lost, /\nedge_lost: its edge died and nobody read on; billed by its worker\n/);
  assert.match(lost, /\nwitnesses_lost: whoever was to bill it died; billed at what was known/);
  assert.match(
    (await run(["requests", "--limit", "5"])).out,
    new RegExp(`${requestId} .* ended +stop`),
  );
});

test("every command has --json, which is the admin API's own answer on one line", async () => {
  const json = async (...words: string[]) => {
    const { out } = await run([...words, "--json"]);
    assert.match(out, /^[^\n]+\n$/);
    return JSON.parse(out);
  };
  assert.equal((await json("explain", requestId)).requestId, requestId);
  assert.equal((await json("tenants")).tenants[0].tenant, "acme");
  assert.equal((await json("workers")).workers.length, 3);
  assert.equal((await json("pools")).pools.length, 1);
  assert.equal((await json("fairness")).tenants[0].executedShare, 64.2);
  assert.ok((await json("usage")).totals);
  assert.equal((await json("cordon", "h100-a1")).isCordoned, true);
  assert.equal((await json("uncordon", "h100-a1")).isCordoned, false);
  assert.equal((await json("drain", "worker", "h100-a1", "--no-wait")).isDraining, true);
  assert.deepEqual((await json("drain", "worker", "h100-a1")).workers[0], {
    worker: "h100-a1",
    zone: "eu-a",
    state: "drained",
    ownedRequests: 0,
    unsettledCharges: 0,
    kvBlocksHeld: 0,
  });
  await json("uncordon", "h100-a1");
});

test("what fails with --json fails as one line of JSON, problems included", async () => {
  const failed = async (...words: string[]) => {
    const { code, out, complaint } = await run([...words, "--json"]);
    assert.match(out, /^[^\n]+\n$/);
    assert.equal(complaint, "");
    return [code, JSON.parse(out).error];
  };
  assert.deepEqual(await failed("cordon", "nobody"), [
    1,
    { code: "unknown_worker", message: "There is no worker nobody." },
  ]);
  const [unread, { code, message }] = await failed("apply", scratch);
  assert.deepEqual([unread, code], [1, "unreadable_file"]);
  assert.equal(message, `cannot read ${scratch}: it is a directory`);
  const [usage, wrong] = await failed("explode");
  assert.deepEqual([usage, wrong.code], [2, "wrong_command_line"]);
  const file = join(scratch, "bad.yaml");
  writeFileSync(file, "tiers: []\n");
  const problems = [{ line: 3, path: "tiers[0].weight", problem: "expected a whole number" }];
  const standing = platform.outcome;
  platform.outcome = { kind: "refused", problems };
  const [refused, error] = await failed("apply", file);
  platform.outcome = standing;
  assert.deepEqual([refused, error.code, error.problems], [1, "bad_fleet", problems]);
});

test("drain takes a worker, called so or not, or a zone, and a patience; it ends with its proof", async () => {
  platform.commands.length = 0;
  const { workers } = platform;
  const { out } = await run(["drain", "worker", "h100-a1", "--patience", "5s", "--no-wait"]);
  assert.match(out, /^h100-a1 drains; what runs has 5 s to end/);
  const { out: proof } = await run(["drain", "h100-a2"]);
  assert.equal(
    proof,
    "h100-a2 is drained\nWORKER   ZONE  STATE    OWNED  UNSETTLED  KV HELD\nh100-a2  eu-a  drained      0          0        0\n",
  );
  platform.processes = [];
  platform.isStuck = true;
  const stuck = await run(["drain", "zone", "eu-b", "--patience", "1ms", "--no-wait", "--force"]);
  assert.match(stuck.out, /^zone eu-b drains/);
  platform.isStuck = false;
  const refused = await run(["drain", "zone", "eu-a"]);
  assert.equal(refused.code, 0);
  platform.workers = workers;
  assert.equal((await run(["drain", "h100-b1"])).code, 0);
  const last = await run(["cordon", "zone", "eu-a"]);
  assert.deepEqual([last.code, last.out], [1, ""]);
  assert.match(last.complaint, /^fairlead: eu-a is the last: it would leave pool/);
  assert.equal((await run(["uncordon", "zone", "eu-b"])).out, "zone eu-b takes new work again\n");
  assert.deepEqual(platform.commands, [
    "drain worker h100-a1 5000",
    "drain worker h100-a2 60000",
    "drain zone eu-b 1",
    "drain zone eu-a 60000",
    "drain worker h100-b1 60000",
    "uncordon zone eu-b",
  ]);
  platform.workers = workers;
});

test("apply sends the file, and tells each problem by file and line", async () => {
  const file = join(scratch, "fleet.yaml");
  writeFileSync(file, "tiers: []\n");
  assert.equal((await run(["apply", file])).out, "fleet version 8 is in force\n");
  platform.fleet = { workers: [{ id: "new-1" }, { id: "new-2" }] } as unknown as Fleet;
  const noted = (await run(["apply", file])).out;
  platform.fleet = undefined;
  assert.match(noted, /^fleet version 8 is in force\nnote: new-1, new-2 are not running yet/);
  const standing = platform.outcome;
  platform.outcome = {
    kind: "refused",
    problems: [{ line: 3, path: "tiers[0].weight", problem: "expected a whole number" }],
  };
  const { code, complaint } = await run(["apply", file]);
  platform.outcome = standing;
  assert.equal(code, 1);
  assert.equal(
    complaint,
    `fairlead: The fleet file has 1 problem; nothing was changed.\n${file}:3: tiers[0].weight: expected a whole number\n`,
  );
  const missing = await run(["apply", join(scratch, "none.yaml")]);
  assert.equal(missing.code, 1);
  assert.match(missing.complaint, /cannot read .*none\.yaml: no such file\n$/);
});

test("apply tells what it changes, and with --dry-run what it would, and changes nothing", async () => {
  const file = join(scratch, "fleet.yaml");
  writeFileSync(file, "tiers: []\n");
  const standing = platform.outcome;
  const fields = [
    { path: "limits.concurrencyMax", from: "5", to: "7" },
    { path: "quota.mode", to: "hard" },
  ];
  const sections = [
    {
      section: "tenants",
      counts: { added: 1, changed: 1, removed: 0 },
      added: ["corner"],
      changed: [{ id: "acme", fields, omitted: 2 }],
      removed: [],
    },
    {
      section: "keys",
      counts: { added: 0, changed: 1, removed: 4 },
      added: [],
      changed: [{ id: "k", fields: [{ path: "sha256", from: "(not shown)", to: "(not shown)" }] }],
      removed: ["old"],
    },
  ];
  platform.outcome = {
    kind: "applied",
    version: 8,
    isChanged: true,
    diff: { sections, omitted: 3 },
  };
  const diff = [
    "tenants: 1 added, 1 changed",
    "  + corner",
    "  ~ acme",
    "      limits.concurrencyMax: 5 → 7",
    "      quota.mode: (nothing) → hard",
    "      (2 more fields)",
    "keys: 1 changed, 4 removed",
    "  ~ k",
    "      sha256: changed (not shown)",
    "  - old",
    "(3 more that are counted above are left out)\n",
  ].join("\n");
  assert.equal((await run(["apply", file])).out, `fleet version 8 is in force:\n${diff}`);
  platform.commands.length = 0;
  for (const words of [
    ["apply", file, "--dry-run"],
    ["apply", "-f", file, "--dry-run"],
  ]) {
    const { code, out } = await run(words);
    assert.equal(code, 0);
    assert.equal(out, `nothing was changed; applied, it would be fleet version 9:\n${diff}`);
  }
  assert.deepEqual(platform.commands, ["preview 10 bytes", "preview 10 bytes"]);
  const json = JSON.parse((await run(["apply", "-f", file, "--dry-run", "--json"])).out);
  assert.deepEqual([json.isDryRun, json.diff.sections], [true, sections]);
  platform.outcome = {
    kind: "refused",
    problems: [{ line: 3, path: "tiers", problem: "expected a list" }],
  };
  const refused = await run(["apply", file, "--dry-run"]);
  assert.equal(refused.code, 1);
  assert.match(refused.complaint, /fleet\.yaml:3: tiers: expected a list\n$/);
  platform.outcome = standing;
  assert.match((await run(["apply"])).complaint, /a FILE is needed/);
  assert.equal((await run(["apply", file, "-f", "other"])).code, 2);
});

test("what the platform refuses is said, with exit code 1", async () => {
  assert.deepEqual(await run(["cordon", "nobody"]), {
    code: 1,
    out: "",
    complaint: "fairlead: There is no worker nobody.\n",
  });
  assert.match((await run(["explain", "f".repeat(32)])).complaint, /No story of request f+/);
  assert.match((await run(["usage", "--tenant", "nobody"])).complaint, /There is no tenant nobody/);
});

test("a platform that is not there is said to be not there", async () => {
  const closed = await startAdminApi({ ports: platform.ports }, { host: "127.0.0.1", port: 0 });
  await closed.close();
  const { code, complaint } = await run(["tenants"], { port: String(closed.port) });
  assert.equal(code, 1);
  assert.match(
    complaint,
    new RegExp(`cannot reach the platform at http://127.0.0.1:${closed.port} \\(ECONNREFUSED\\)`),
  );
});

test("a tenant is throttled and let go, and a tenant that is not there is said", async () => {
  platform.commands.length = 0;
  assert.equal(
    (await run(["throttle", "acme", "10%"])).out,
    "acme is throttled to 10 % (fleet version 9)\n",
  );
  assert.equal(
    (await run(["unthrottle", "acme"])).out,
    "acme is not throttled (fleet version 9)\n",
  );
  assert.equal((await run(["throttle", "acme", "100"])).code, 0);
  assert.deepEqual(platform.commands, [
    "throttle acme to 10 % by admin-api",
    "throttle acme to 100 % by admin-api",
    "throttle acme to 100 % by admin-api",
  ]);
  const { code, complaint } = await run(["throttle", "acne", "10%"]);
  assert.equal(code, 1);
  assert.match(complaint, /There is no tenant acne; there are acme\./);
  const limits = { requestsPerMinute: 600, tokensPerMinute: 90_000, concurrencyMax: 64 };
  const policy = { tenant: "acme", weight: 4, limits, throttlePercent: 10 };
  platform.fleet = { tenants: [{ policy }] } as unknown as Fleet;
  const standing = "weight 1, 60 requests and 9000 tokens a minute, 6 at once";
  assert.equal(
    (await run(["throttle", "acme", "10%"])).out,
    `acme is throttled to 10 %: ${standing} (fleet version 9)\n`,
  );
  platform.fleet = undefined;
});

test("a tenant's quotas are told, each with its window", async () => {
  const { out } = await run(["quota", "acme"]);
  assert.equal(
    out.replaceAll(/ +/g, " "),
    "QUOTA WINDOW LIMIT USED HELD LEFT % RESETS AT ALERTS\nhard day tokens 2026-11-28 1000 850 50 100 85 2026-11-29T00:00:00Z 80\n",
  );
  assert.equal((await run(["quota", "acne"])).code, 1);
});

test("a wrong command line is explained, with exit code 2", async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /no command was given/],
    [["explode"], /there is no command "explode"/],
    [["explain"], /expected: fairlead explain ID/],
    [["cordon", "a", "b"], /expected: fairlead cordon W/],
    [["throttle", "acme", "0%"], /expected a percentage from 1% to 100%, found 0%/],
    [["throttle", "acme", "half"], /expected a percentage from 1% to 100%, found half/],
    [["throttle", "acme"], /expected: fairlead throttle TENANT PERCENT/],
    [["tenants", "--loud"], /Unknown option '--loud'/],
    [["tenants", "--limit", "3"], /tenants has no option --limit/],
    [["usage", "--limit", "many"], /--limit: expected a whole number/],
    [["usage", "--since", "yesterday"], /--since: expected a time/],
    [["drain", "h100-a1", "--patience", "60"], /--patience: expected a duration .* with its unit/],
    [["tenants", "--admin", "nonsense"], /is not the URL of an admin API/],
  ];
  for (const [words, expected] of wrong) {
    const { code, complaint } = await run(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(complaint, expected);
  }
});

test("help is there for all and for each", async () => {
  const all = await run(["--help"]);
  assert.equal(all.code, 0);
  for (const name of [
    "explain",
    "tenants",
    "workers",
    "pools",
    "fairness",
    "usage",
    "drain",
    "cordon",
    "uncordon",
    "throttle",
    "unthrottle",
    "quota",
    "narrow",
    "widen",
    "apply",
  ]) {
    assert.match(all.out, new RegExp(`^  ${name}`, "m"));
    assert.match((await run([name, "--help"])).out, new RegExp(`^fairlead ${name}[^]*\n\n  \\S`));
  }
});

test("it runs through a link, as package managers make them", async () => {
  const link = join(scratch, "fairlead");
  symlinkSync(bin, link);
  assert.equal((await run(["pools"], { file: link })).code, 0);
});
