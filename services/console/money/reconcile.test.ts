import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { finalEntry } from "#shared/ledger/ledger.cases.ts";
import type { Difference } from "#shared/model/reconciliation.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";
import { scriptedReconciliation } from "#services/console/scripted/scripted-reconciling.ts";

const platform = scriptedPlatform();
const api = await startAdminApi(
  { ports: platform.ports, onFault: (error) => assert.fail(String(error)) },
  { host: "127.0.0.1", port: 0 },
);
after(() => api.close());
beforeEach(() => {
  platform.commands.length = 0;
  platform.audit.length = 0;
  platform.isUnaudited = false;
  platform.reconciliation = scriptedReconciliation;
  platform.usage = [finalEntry()];
});

async function run(words: string): Promise<{
  readonly code: number;
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
}> {
  const lines: string[] = [];
  const files: Record<string, string> = {};
  const code = await runCommandLine(words.split(" "), {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: async () => "",
    openFile: () => Promise.reject(new Error("not here")),
    writeFile: async (path, text) => void (files[path] = text),
  });
  return { code, text: lines.join("\n"), files };
}

const range = "--from 2026-01-01 --to 2026-02-01";
const lost: Difference = {
  kind: "missing",
  requests: 2,
  requestIds: ["r-lost", "r-gone"],
  where: "edge-a-1",
  advice: "Look at edge-a-1.",
};

function plant(difference: Difference, verdict: "in-flight" | "differs"): void {
  const [acme] = scriptedReconciliation.tenants;
  assert.ok(acme);
  platform.reconciliation = {
    ...scriptedReconciliation,
    verdict,
    digest: "ab".repeat(32),
    tenants: [
      { ...acme, differences: [difference] },
      { ...acme, tenant: "bolt", admitted: 987_654 },
    ],
  };
}

test("nothing differs: 0; what is in flight is no difference; what remains is 2, and named", async () => {
  const calm = await run(`reconcile ${range}`);
  assert.equal(calm.code, 0);
  assert.match(calm.text, /nothing differs$/);
  plant({ ...lost, kind: "in-flight" }, "in-flight");
  assert.equal((await run(`reconcile ${range}`)).code, 0);
  plant(lost, "differs");
  const { code, text } = await run(`reconcile ${range}`);
  assert.equal(code, 2);
  assert.match(text, /acme: 2 missing at edge-a-1\n {2}Look at edge-a-1\.\n {2}r-lost, r-gone$/m);
  const json = await run(`reconcile ${range} --json`);
  assert.deepEqual([json.code, JSON.parse(json.text).verdict], [2, "differs"]);
});

test("only a repair is audited, and without an audit it is not done", async () => {
  await run(`reconcile ${range} --tenant acme`);
  assert.deepEqual(platform.audit, []);
  const repaired = await run(`reconcile ${range} --tenant acme --repair`);
  assert.match(repaired.text, /repaired: nothing was to be done/);
  const detail = {
    fromEpochMs: Date.parse("2026-01-01"),
    toEpochMs: Date.parse("2026-02-01"),
    tenant: "acme",
  };
  assert.deepEqual(platform.audit, [{ actor: "admin-api", action: "reconcile usage", detail }]);
  assert.deepEqual(
    platform.commands.map((command) => command.split(" ")[0]),
    ["reconcile", "repair"],
  );
  platform.isUnaudited = true;
  const refused = await run(`reconcile ${range} --repair`);
  assert.equal(refused.code, 1);
  assert.match(refused.text, /nothing was done/);
  assert.equal(platform.commands.length, 2);
});

test("a report for a tenant has its figures and its requests, and nothing of others or of the inside", async () => {
  plant(lost, "differs");
  const { code, files } = await run(`reconcile ${range} --tenant acme --report usage.md`);
  assert.equal(code, 2);
  const report = files["usage.md"] ?? "";
  assert.match(report, /\| requests \| 3 \| 3 \|/);
  assert.match(report, /2 were taken in, and no account of them is found: .*`r-lost`, `r-gone`$/m);
  assert.match(report, new RegExp("ab".repeat(32)));
  assert.doesNotMatch(report, /edge-a-1|bolt|987654/);
  const printed = await run(`reconcile ${range} --tenant acme --report -`);
  assert.equal(printed.text, report);
});

for (const [words, reason] of [
  ["reconcile", /--from: expected a time/],
  ["reconcile --from 2026-01-01", /--to: expected a time/],
  ["reconcile --from 2026-02-01 --to 2026-01-01", /after that of from/],
  ["reconcile --from 2026-01-01 --to 2026-03-01", /at most 35 days/],
  ["reconcile --from soon --to 2026-03-01", /--from: expected a time/],
  [`reconcile ${range} --report x.md`, /name it with --tenant/],
] as const) {
  test(`${words} is a wrong command line, told as such`, async () => {
    const { code, text } = await run(words);
    assert.equal(code, 2);
    assert.match(text, reason);
    assert.deepEqual(platform.commands, []);
  });
}

test("a tenant that nobody knows is refused by name", async () => {
  const { code, text } = await run(`reconcile ${range} --tenant nobody`);
  assert.equal(code, 1);
  assert.match(text, /There is no tenant nobody/);
});
