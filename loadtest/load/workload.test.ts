import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assignTenant, parseTenants } from "./assign-tenants.ts";
import { generateWorkload } from "./generators.ts";
import { percentile } from "./percentile.ts";
import { promptText } from "./prompt-text.ts";
import { formatReports, reportTenant } from "./tenant-report.ts";
import { readTrace } from "./trace-file.ts";
import { scaled } from "./workload.ts";

function withFile(text: string, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-trace-"));
  try {
    const path = join(folder, "trace");
    writeFileSync(path, text);
    use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("an Azure trace starts at zero and keeps its gaps", () => {
  const text =
    "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n";
  withFile(text, (path) => {
    assert.deepEqual(readTrace(path, 1).requests, [
      { atMs: 0, promptTokens: 374, outputTokens: 44 },
      { atMs: 4315, promptTokens: 396, outputTokens: 109 },
    ]);
  });
});

test("an arena trace keeps its clients, a Mooncake trace its prefix blocks and leaves its 3 s grid", () => {
  withFile("arrival_s,client,prompt_tokens,output_tokens\n0.2079,2,36,137\n", (path) => {
    assert.deepEqual(readTrace(path, 1).requests, [
      { atMs: 207.9, client: 2, promptTokens: 36, outputTokens: 137 },
    ]);
  });
  const line =
    '{"timestamp": 3000, "input_length": 600, "output_length": 5, "hash_ids": [0, 14]}\n';
  withFile(line, (path) => {
    const [request] = readTrace(path, 1).requests;
    assert.deepEqual(request?.prefixBlocks, [0, 14]);
    assert.ok(request.atMs >= 3000 && request.atMs < 6000);
  });
});

test("a broken trace names its file and line", () => {
  const header = "arrival_s,client,prompt_tokens,output_tokens\n";
  withFile(`${header}1,1,1,1\n2,1,many,1\n`, (path) =>
    assert.throws(() => readTrace(path, 1), /trace:3: not a number/),
  );
  withFile("who,knows\n1,2\n", (path) => assert.throws(() => readTrace(path, 1), /not an Azure/));
  assert.throws(() => readTrace("/nope.csv", 1), /^Error: cannot read \/nope.csv: no such file$/);
});

test("twice as fast is half the time, and the duration cuts", () => {
  const requests = [0, 100, 200].map((atMs) => ({ atMs, promptTokens: 1, outputTokens: 1 }));
  const workload = scaled({ name: "w", source: "s", requests }, 2, 60);
  assert.deepEqual(
    workload.requests.map(({ atMs }) => atMs),
    [0, 50],
  );
});

test("the conversation generator has the trace's rate and lengths, and repeats itself by seed", () => {
  const generation = { seed: 7, durationMs: 3_600_000 };
  const { requests } = generateWorkload("conversation", generation);
  const rate = requests.length / 3600;
  assert.ok(Math.abs(rate - 5.53) < 0.2, `rate ${rate}`);
  const prompts = requests.map((request) => request.promptTokens).toSorted((a, b) => a - b);
  const outputs = requests.map((request) => request.outputTokens).toSorted((a, b) => a - b);
  assert.ok(Math.abs(percentile(prompts, 0.5) - 1020) < 40);
  assert.ok(Math.abs(percentile(prompts, 0.99) - 4142) < 900);
  assert.ok(Math.abs(percentile(outputs, 0.5) - 129) < 15);
  assert.deepEqual(generateWorkload("conversation", generation).requests, requests);
  assert.notDeepEqual(
    generateWorkload("conversation", { ...generation, seed: 8 }).requests,
    requests,
  );
});

test("the arena generator's clients are as uneven as the trace's", () => {
  const { requests } = generateWorkload("arena", { seed: 1, durationMs: 600_000 });
  const first = requests.filter((request) => request.client === 0).length / requests.length;
  assert.ok(Math.abs(first - 296 / 1500) < 0.04, `share ${first}`);
});

test("a prompt has exactly its tokens, and shares text only where blocks are shared", () => {
  const request = { atMs: 0, promptTokens: 700, outputTokens: 1, prefixBlocks: [0, 5] };
  const text = promptText(request, 1);
  assert.equal(Buffer.byteLength(text), 2800);
  assert.equal(text.slice(0, 2048), promptText(request, 2).slice(0, 2048));
  const alone = { atMs: 0, promptTokens: 700, outputTokens: 1 };
  assert.notEqual(promptText(alone, 1), promptText(alone, 2));
});

test("tenants get requests by their shares, by a rule that repeats", () => {
  const tenants = parseTenants("a=k1*3,b=k2");
  const names = Array.from({ length: 4000 }, (_, number) => {
    const request = { atMs: 0, promptTokens: 1, outputTokens: 1 };
    return assignTenant(request, number, { tenants, seed: 1 }).name;
  });
  const share = names.filter((name) => name === "a").length / names.length;
  assert.ok(Math.abs(share - 0.75) < 0.03, `share ${share}`);
  assert.throws(() => parseTenants("a"), /not name=key/);
});

// By hand: two completed (TTFT 10 and 30, TPOT 5 and 50), one refused, one broken; SLO 20 and 20; 2 s.
test("a report counts what was met, what was missed, what was refused and what broke", () => {
  const report = reportTenant({
    tenant: "a",
    slo: { ttftMs: 20, tpotMs: 20 },
    elapsedS: 2,
    outcomes: [
      { kind: "completed", ttftMs: 10, e2eMs: 20, decodeMs: 10, promptTokens: 4, outputTokens: 3 },
      { kind: "completed", ttftMs: 30, e2eMs: 80, decodeMs: 50, promptTokens: 6, outputTokens: 2 },
      { kind: "refused", status: 429, code: "rate_limit_exceeded" },
      { kind: "broken", reason: "ECONNREFUSED" },
    ],
  });
  assert.equal(report.goodput, 0.5);
  assert.deepEqual(report.refusals, { rate_limit_exceeded: 1 });
  assert.deepEqual(report.broken, { ECONNREFUSED: 1 });
  assert.deepEqual(report.ttftMs, { p50: 20, p95: 29, p99: 29.8 });
  assert.deepEqual(report.tpotMs, { p50: 27.5, p95: 47.75, p99: 49.55 });
  assert.deepEqual([report.promptTokens, report.outputTokens], [10, 5]);
});

test("a report's columns never touch, however long the figures are", () => {
  const report = reportTenant({
    tenant: "a-tenant-with-a-long-name",
    slo: { ttftMs: 20, tpotMs: 20 },
    elapsedS: 2,
    outcomes: [12_376.1, 98_801.9, 123_456.7].map((ttftMs) => ({
      kind: "completed",
      ttftMs,
      e2eMs: ttftMs,
      decodeMs: 99_999,
      promptTokens: 1,
      outputTokens: 3,
    })),
  });
  const [titles = "", row = ""] = formatReports([report]).split("\n");
  assert.equal(row.length, titles.length);
  assert.equal(row.split(/ {2,}/).length, titles.split(/ {2,}/).length);
});
