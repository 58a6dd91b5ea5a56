import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { finalEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPgliteSql } from "#shared/ledger/sql/pglite-sql.ts";
import { rollUp } from "#shared/ledger/sums/roll-up.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { usageSums } from "#shared/ledger/sums/usage-sums.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

// The command line, the admin API and usage in a real database: three tenants around a midnight.

const platform = scriptedPlatform();
const sql = await openPgliteSql();
await migrate(sql, migrations);
const ledger = sqlLedger(sql);
const ports = { ...platform.ports, ledger, sums: usageSums(sql) };
const api = await startAdminApi({ ports }, { host: "127.0.0.1", port: 0 });
after(async () => {
  await api.close();
  platform.store.close();
  await sql.close();
});

const midnight = Date.parse("2026-03-02T00:00:00Z");
const digest = "ab".repeat(32) as AdapterDigest;
await ledger.record(
  [
    { tenant: "acme", model: "m1", afterMs: -60_000, outputTokens: 10, outputTokensBefore: 4 },
    { tenant: "acme", model: "m2", afterMs: 5_000, outputTokens: 20 },
    { tenant: "bolt", model: "m1", afterMs: 3_600_000, outputTokens: 300, adapterDigest: digest },
    { tenant: 'odd,"co"', model: "m1", afterMs: 3_600_000, outputTokens: 1 },
  ].map(({ afterMs, outputTokensBefore = 0, ...part }, index) =>
    finalEntry({
      ...part,
      tenant: tenant(part.tenant),
      requestId: request(`r${index}`),
      arrivedAtEpochMs: midnight + afterMs,
      splitAtEpochMs: outputTokensBefore > 0 ? midnight : 0,
      outputTokensBefore,
      promptTokens: 7,
      gpuUs: part.outputTokens * 1500,
    }),
  ),
);
await rollUp(sql, 3);

async function fairlead(...words: string[]): Promise<{ code: number; out: string }> {
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
const say = (text: string): Promise<{ code: number; out: string }> =>
  fairlead("usage", ...text.split(" "));
const days = "--from 2026-03-01 --to 2026-03-03";

test("a series tells each bucket's use by group, output after a midnight in the day after it", async () => {
  const { code, out } = await say(`${days} --by tenant,model --step day`);
  assert.equal(code, 0);
  const [titles, ...rows] = out.split("\n");
  assert.match(
    titles ?? "",
    /^STARTS +TENANT +MODEL +REQUESTS +OK +CANCELLED +REFUSED +FAILED +PROMPT/,
  );
  assert.deepEqual(
    rows.map((row) => row.split(/  +/).filter((_, at) => [0, 1, 2, 3, 10].includes(at))),
    [
      ["2026-03-01T00:00:00.000Z", "acme", "m1", "1", "4"],
      ["2026-03-02T00:00:00.000Z", "acme", "m1", "0", "6"],
      ["2026-03-02T00:00:00.000Z", "acme", "m2", "1", "20"],
      ["2026-03-02T00:00:00.000Z", "bolt", "m1", "1", "300"],
      ["2026-03-02T00:00:00.000Z", 'odd,"co"', "m1", "1", "1"],
    ],
  );
  const hour = await say("--from 2026-03-02T00:00 --to 2026-03-02T01:00 --step minute --json");
  assert.deepEqual(
    JSON.parse(hour.out).rows.map((row: Record<string, number>) => [
      row["startsAtEpochMs"],
      row["outputTokens"],
    ]),
    [[midnight, 26]],
  );
});

test("so long ago is a whole minute, so that it can be asked", async () => {
  const { code, out } = await say("--from 2h --csv");
  assert.equal(code, 0);
  assert.match(out, /^requests,/);
});

test("as CSV every figure is whole, and what has commas is quoted", async () => {
  const { out } = await say(`${days} --by tenant,adapter --csv`);
  const [titles, ...rows] = out.trimEnd().split("\r\n");
  assert.match(titles ?? "", /^tenant,adapter_digest,requests,settled_requests,/);
  assert.equal(rows.length, 3);
  assert.match(rows[1] ?? "", new RegExp(`^bolt,${digest},1,1,1,0,0,0,7,0,300,`));
  assert.match(rows[2] ?? "", /^"odd,""co""",,1,1,/);
});

test("who used most comes first, and adapters are named where the fleet knows them", async () => {
  platform.fleet = { adapters: [{ name: "sql", digest }], workers: [] } as never;
  const { out } = await say(`${days} --top outputTokens --limit 2 --by tenant,adapter --json`);
  assert.deepEqual(
    JSON.parse(out).rows.map((row: Record<string, unknown>) => [
      row["tenant"],
      row["outputTokens"],
      row["adapter"],
    ]),
    [
      ["bolt", 300, "sql"],
      ["acme", 30, undefined],
    ],
  );
  assert.match((await say(`${days} --top gpuUs`)).out, /^TENANT .*\nbolt /);
  const only = await say(`${days} --tenant acme --model m2`);
  assert.match(only.out, /\n +1 +1 +0 +0 +0 +7 +0 +20 /);
  platform.fleet = undefined;
});

test("records are told page by page", async () => {
  const seen: string[] = [];
  let more = "";
  for (let page = 0; page < 3; page++) {
    const { out } = await say(`--limit 2${more}`);
    seen.push(...(out.match(/^r\d/gm) ?? []));
    const next = /^more: (--after \S+)$/m.exec(out)?.[1];
    if (next === undefined) break;
    more = ` ${next}`;
  }
  // Two arrived in the same millisecond: whose name is greater comes first.
  assert.deepEqual(seen, ["r3", "r2", "r1", "r0"]);
});

test("sums are compared with their records, and made anew, with a row in the audit", async () => {
  const whole = "check --from 2026-03-01 --to 2026-03-03";
  assert.deepEqual(await say(whole), { code: 0, out: "every sum is that of its records" });
  await sql.query("update usage_days set prompt_tokens = prompt_tokens + 5 where tenant = 'acme'");
  const { code, out } = await say(whole);
  assert.equal(code, 1);
  assert.match(out, /usage_days +2026-03-01T00:00:00\.000Z +acme +m1 +prompt_tokens 5\n/);
  assert.match(out, /the sums are not those of the records/);
  const told = await say(`${whole} --json`);
  assert.equal(told.code, 1, "an answer that is read by a machine fails as well");
  assert.equal(JSON.parse(told.out.split("\n")[0] ?? "").isWhole, false);
  const rebuilt = await say(`${whole} --rebuild`);
  assert.match(rebuilt.out, /made anew from the records: 5 minutes/);
  assert.equal(rebuilt.code, 0);
  assert.equal(platform.audit.at(-1)?.action, "rebuild usage sums");
  assert.equal((await say(whole)).code, 0);
  assert.equal((await say(`${whole} --json`)).code, 0);
});

test("what is asked wrongly is told by its option", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["--from yesterday", /--from: expected a time/],
    [`--from 2026-03-02 --to 2026-03-01`, /--to: the range is empty/],
    ["--from 2026-03-01T00:00:30 --to 2026-03-02", /--from: usage is summed by whole minutes/],
    [`${days} --by colour`, /--by: there is no group "colour"; there are tenant, model/],
    [`${days} --by ,`, /--by: expected 1 to 5 of tenant/],
    [`${days} --step week`, /--step: there is no step "week"/],
    ["--from 2000-01-01 --to 2026-03-01 --step minute", /--step: the range has \d+ buckets/],
    [`${days} --top joy`, /--top: there is no metric "joy"/],
    [`${days} --top requests --step day`, /--top has no --step/],
    [`${days} --limit 5`, /--limit only with --top/],
    [`${days} --since 2026-03-01`, /usage with --from has no option --since/],
    ["--by tenant", /usage without --from has no option --by/],
    ["--after nonsense", /--after: expected what the page before ended with/],
    [
      "check --from 2026-03-01 --to 2026-03-01T05:00",
      /--to: roll-ups are compared .* 1 to 31 whole days/,
    ],
    ["check --from 2026-03-01", /--to: expected the day after the last one/],
    ["explode", /usage knows check, not explode/],
  ];
  for (const [words, expected] of wrong) {
    const { code, out } = await say(words);
    assert.equal(code, 2, `${words}: ${out}`);
    assert.match(out, expected);
  }
});
