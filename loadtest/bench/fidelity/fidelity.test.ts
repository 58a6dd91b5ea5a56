import assert from "node:assert/strict";
import { test } from "node:test";
import { runClosedLoop } from "./closed-loop.ts";
import type { Deployment } from "./deployment.ts";
import { deploymentOf, engineFor } from "./deployment.ts";
import { fidelityRows, unsupportedRows } from "./fidelity-rows.ts";
import type { MeasuredRow } from "./measured-rows.ts";
import { parseMeasured } from "./measured-rows.ts";
import { vectorRows } from "./test-vectors.ts";

const header =
  "system,backend,backend_version,model_path,precision,tp_size,batch_size,isl,osl,silicon_ttft_ms,silicon_tpot_ms";
const line8B = "h100_sxm,trtllm,1.0,meta-llama/Llama-3.1-8B-Instruct,,1.0,8.0,2048,128,264.9,9.3";

const rowOf = (fields: Partial<MeasuredRow>): MeasuredRow => {
  const [row] = parseMeasured(`${header}\n${line8B}\n`, "a.csv");
  assert.ok(row !== undefined);
  return { ...row, ...fields };
};

const deploymentFor = (fields: Partial<MeasuredRow>): Deployment => {
  const deployment = deploymentOf(rowOf(fields));
  assert.ok(deployment.kind === "deployment");
  return deployment;
};

const vllm70B = { backend: "vllm", modelPath: "meta-llama/Llama-3.1-70B", precision: "fp8" };

test("a measured row is read by its columns' names, whole degrees written as 1.0 among them", () => {
  const { gpus, concurrency, promptTokens, outputTokens, tpotMs } = rowOf({});
  assert.deepEqual([gpus, concurrency, promptTokens, outputTokens, tpotMs], [1, 8, 2048, 128, 9.3]);
});

test("a file that does not fit is an error that names the column or the line", () => {
  assert.throws(() => parseMeasured("system,backend\n", "a.csv"), /a\.csv: no column model_path/);
  const bad = line8B.replace("2048", "many");
  assert.throws(() => parseMeasured(`${header}\n${line8B}\n${bad}`, "a.csv"), /a\.csv:3: isl/);
});

test("a deployment rests on model, precision, degree and engine, and blank precision is BF16", () => {
  assert.equal(deploymentFor({}).profile, "llama3_8b/tp1/bfloat16");
  assert.equal(deploymentFor({ ...vllm70B, gpus: 8 }).profile, "llama3_70b/tp8/fp8");
  const [few, many] = [1, 128].map((concurrency) => deploymentFor({ concurrency, tpotMs: 1 }));
  assert.deepEqual(few, many);
});

test("the KV-bound deployment has the 280,000 tokens it was seen to have, others what arithmetic gives", () => {
  assert.equal(deploymentFor({ ...vllm70B, gpus: 2 }).kvTokens, 280_000);
  assert.ok(Math.abs(deploymentFor({}).kvTokens / 444_000 - 1) < 0.01);
});

test("what has no step table is said to have none", () => {
  const whyOf = (fields: Partial<MeasuredRow>): string => {
    const answer = deploymentOf(rowOf(fields));
    return answer.kind === "unsupported" ? answer.why : "";
  };
  assert.equal(whyOf({ gpus: 2 }), "no step table llama3_8b/tp2/bfloat16");
  assert.equal(whyOf({ system: "b200_sxm" }), "no step table for b200_sxm");
  assert.equal(
    whyOf({ modelPath: "mistral/Mixtral-8x7B" }),
    "no step table for mistral/Mixtral-8x7B",
  );
  const rows = [2, 2, 4].map((gpus) => rowOf({ gpus }));
  const left = rows.map((row) => ({ row, why: whyOf(row) }));
  assert.deepEqual(
    unsupportedRows(left).map(({ why, n }) => [why, n]),
    [
      ["no step table llama3_8b/tp2/bfloat16", 2],
      ["no step table llama3_8b/tp4/bfloat16", 1],
    ],
  );
});

test("a loop of one is its table: a prefill, then decodes of growing context", () => {
  const load = { concurrency: 1, promptTokens: 128, outputTokens: 3 };
  const { ttftMs, tpotMs, requests } = runClosedLoop(engineFor(deploymentFor({}), 1), load);
  assert.equal(requests, 3);
  // host 0.7 + G(128) 6.731 + prefill 0.496 + 0.8119 ns × 128·64
  assert.equal(ttftMs.toFixed(2), "7.93");
  // host 0.7 + G(1) 6.005 + decode 0.364 + 3.3 µs + 43.97 ns × 129.5
  assert.equal(tpotMs.toFixed(2), "7.08");
});

test("memory that holds half of what is in flight makes the rest wait for theirs", () => {
  const deployment = deploymentFor({ ...vllm70B, gpus: 2 });
  const load = { concurrency: 8, promptTokens: 1024, outputTokens: 64 };
  const roomy = runClosedLoop(engineFor(deployment, 8), load);
  const tight = runClosedLoop(engineFor({ ...deployment, kvTokens: 4 * 1120 }, 8), load);
  assert.ok(tight.ttftMs > 2 * roomy.ttftMs, `${tight.ttftMs} ms, ${roomy.ttftMs} with room`);
});

test("the first completions are left out: those that found room at once", () => {
  const deployment = { ...deploymentFor({}), kvTokens: 128 + 64 + 16 };
  const load = { promptTokens: 128, outputTokens: 64 };
  const alone = runClosedLoop(engineFor(deployment, 1), { ...load, concurrency: 1 });
  const four = runClosedLoop(engineFor(deployment, 4), { ...load, concurrency: 4 });
  // Room for one of four: whoever comes later waits for the three before it.
  const turnMs = alone.ttftMs + 63 * alone.tpotMs;
  const expectedMs = 3 * turnMs + alone.ttftMs;
  assert.ok(Math.abs(four.ttftMs / expectedMs - 1) < 0.01, `${four.ttftMs}, not ${expectedMs} ms`);
});

test("errors are of simulated over measured, by model and engine", () => {
  const deployment = deploymentFor({});
  const compared = [
    { row: rowOf({ tpotMs: 10, ttftMs: 100 }), deployment, tpotMs: 11, ttftMs: 50 },
    { row: rowOf({ tpotMs: 10, ttftMs: 100 }), deployment, tpotMs: 8, ttftMs: 150 },
    {
      row: rowOf({ tpotMs: 10, ttftMs: 100, backend: "vllm" }),
      deployment,
      tpotMs: 10,
      ttftMs: 90,
    },
  ];
  const [trt, vllm] = fidelityRows(compared);
  assert.equal(trt?.n, 2);
  assert.equal(trt?.tpot_error_mean_pct, 15);
  assert.equal(trt?.tpot_error_p90_pct, 19);
  assert.equal(trt?.tpot_bias_pct, -5);
  assert.equal(trt?.ttft_ratio_median, 1);
  assert.deepEqual([vllm?.backend, vllm?.tpot_error_mean_pct], ["vllm", 0]);
});

test("the tables agree with their test vectors", () => {
  assert.ok(vectorRows().every(({ agrees }) => agrees));
});
