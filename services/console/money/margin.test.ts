import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

const api = await startAdminApi(
  { ports: scriptedPlatform().ports },
  { host: "127.0.0.1", port: 0 },
);
after(() => api.close());

async function run(words: string): Promise<{ code: number; out: string; complaint: string }> {
  const out: string[] = [];
  const complaints: string[] = [];
  const code = await runCommandLine(words.split(" "), {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (text) => out.push(text),
    complain: (text) => complaints.push(text),
    readFile: () => Promise.reject(new Error("no file")),
    openFile: () => Promise.reject(new Error("no file")),
  });
  return { code, out: out.join("\n"), complaint: complaints.join("\n") };
}

const page = async (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${api.port}/admin/v1/${path}`);

test("margin prints what each brought and cost, what is of nobody, and the total", async () => {
  const { code, out } = await run("margin --from 2026-11-01 --to 2026-12-01");
  assert.equal(code, 0);
  assert.equal(
    out,
    [
      "TENANT          REVENUE  DIRECT  RECOMPUTE  ALLOCATED  MARGIN  %",
      "=bolt, Inc      3.00     1.50    0.25       0.50       -1.00   -33.33",
      "acme            3.00     1.50    0.25       0.50       1.00    33.33",
      "(unattributed)           0.10",
      "(rounding)      -0.004                                 -0.004",
      "(all) USD       5.996    6.10                          -0.104  -1.73",
      "note: for 2.500000 GPU seconds no rate was in force",
      "note: corner has no billing account: it brings nothing",
    ].join("\n"),
  );
});

test("margin as CSV has a record for each line, and no name becomes a formula", async () => {
  const { out } = await run("margin --csv");
  const answer = await page("margin?format=csv");
  assert.match(answer.headers.get("content-type") ?? "", /^text\/csv/);
  assert.equal((await answer.text()).trimEnd(), out);
  const records = out.split("\r\n");
  assert.equal(records.length, 6);
  assert.match(records[0] ?? "", /^kind,tenant,model,adapter_digest,class,currency,revenue,/);
  assert.equal(
    records[1],
    `shape,"'=bolt, Inc",,,,USD,3.00,1.00,0.00,2.00,0.00,0.00,0.00,1.50,0.25,0.50,-1.00,-33.33`,
  );
  assert.match(records[3] ?? "", /^unattributed,.*,0\.10,,,-0\.10,$/);
  assert.match(records[5] ?? "", /^total,,,,,USD,5\.996,.*,-0\.104,-1\.73$/);
});

test("margin shapes says what loses how much, and why", async () => {
  const { code, out } = await run("margin shapes");
  assert.equal(code, 0);
  assert.equal(
    out,
    [
      "1 of 2 shapes cost more than they bring (USD)",
      "",
      "bolt m1 interactive: 7 requests, brought 3.00, cost 4.00, loses 1.00",
      "REASON           AMOUNT  BECAUSE",
      "recompute        1.20    33 % again",
      "(price-too-low)  -0.20   it is not",
    ].join("\n"),
  );
  const all = (await run("margin shapes --all")).out;
  assert.match(all, /acme m1 interactive: 7 requests, brought 3.00, cost 2.00, earns 1.00/);
  assert.match(all, /split by wall time/);
});

test("what is asked wrong is refused, and nothing is answered", async () => {
  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["margin --by colour", 2, /by: expected one of tenant, model, adapter, class, shape/],
    ["margin shapes --by model", 2, /no option --by/],
    ["margin shapes --csv", 2, /no option --csv/],
    ["margin --limit 3", 2, /no option --limit/],
    ["margin shape", 2, /expected shapes/],
    ["margin shapes --limit 0", 2, /limit/],
    ["margin --from 2026-12-01 --to 2026-12-01", 2, /from must be before to/],
    ["margin --tenant euro", 1, /EUR and GPU rates in USD/],
    ["margin shapes --tenant euro", 1, /EUR and GPU rates in USD/],
  ];
  for (const [words, code, complaint] of refused) {
    const outcome = await run(words);
    assert.equal(outcome.code, code, words);
    assert.match(outcome.complaint, complaint);
    assert.equal(outcome.out, "");
  }
  const answer = await page("margin?tenant=euro");
  assert.equal(answer.status, 409);
  assert.equal(
    ((await answer.json()) as { error: { code: string } }).error.code,
    "currency_mismatch",
  );
  assert.equal((await page("margin?format=xml")).status, 400);
  assert.equal((await page("margin?colour=red")).status, 400);
});

test("as JSON it is the admin API's own answer", async () => {
  const answer = await (await page("margin/shapes?from=2026-11-01&to=2026-12-01&limit=5")).json();
  const { out } = await run("margin shapes --from 2026-11-01 --to 2026-12-01 --limit 5 --json");
  assert.deepEqual(JSON.parse(out), answer);
});
