import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import type { GpusAnswer } from "#services/console/machines/gpu-text.ts";
import { startVllmDouble } from "#services/worker/engine/drivers/vllm/vllm-double.ts";
import { lostLine, smiDouble, smiLine } from "#services/worker/gpu/smi-double.ts";
import { batchServerFleet } from "./batch-server-fleet.cases.ts";
import { readEmbeddedConfig } from "./config.ts";
import { startPlatform } from "./platform.ts";

// GPUs as an operator sees them, through the whole platform: simulated ones, by their model; and one under a double of vLLM, by a
// double of nvidia-smi.

const doors = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
};

async function open(context: TestContext, more: Readonly<Record<string, string>> = {}) {
  const environment = { ...doors, ...more };
  const config = { ...readEmbeddedConfig(environment), dataDirectory: "" };
  const platform = await startPlatform(config, environment);
  context.after(() => platform.drain());
  const page = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${platform.adminPort}${path}`)).text();
  return {
    client: (tenant: string) =>
      new OpenAI({
        apiKey: `fl-demo-${tenant}`,
        baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
        maxRetries: 0,
      }),
    metrics: async () => samples(await page("/metrics")),
    gpus: async () => JSON.parse(await page("/admin/v1/gpus")) as GpusAnswer,
  };
}

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

const samples = (text: string): readonly Sample[] =>
  [...text.matchAll(/^fairlead_(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = "", labels = "", value]) => ({ name, labels, value: Number(value) }),
  );

const sumOf = (all: readonly Sample[], name: string, label = ""): number =>
  all
    .filter((one) => one.name === name && one.labels.includes(label))
    .reduce((sum, { value }) => sum + value, 0);

async function until<Found>(look: () => Promise<Found | undefined>, what: string): Promise<Found> {
  const beganAt = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(performance.now() - beganAt < 40_000, what);
    await sleep(200);
  }
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(a, b);

test("simulated GPUs: what tenants had adds up to what was computed, and all lines to wall time", async (context) => {
  const { client, metrics, gpus } = await open(context);
  const ask = (tenant: string) =>
    client(tenant).chat.completions.create({
      model: "llama-3.1-8b",
      messages: [{ role: "user", content: `${tenant} asks `.repeat(200) }],
      max_tokens: 200,
    });
  await Promise.all(["acme", "bolt", "corner", "acme", "bolt"].map(ask));
  // Every worker is asked each five seconds: at the next time all that ran is told.
  await sleep(6_500);
  const all = await metrics();
  for (const tenant of ["acme", "bolt", "corner"]) {
    assert.ok(sumOf(all, "tenant_gpu_seconds_total", `tenant="${tenant}"`) > 0.1, tenant);
  }
  const paid = sumOf(all, "gpu_seconds_total", 'kind="requests"');
  assert.ok(close(sumOf(all, "tenant_gpu_seconds_total"), paid));
  for (const what of ["flops", "memory_traffic_bytes"]) {
    const whole = sumOf(all, `gpu_${what}_total`);
    assert.ok(whole > 1e12, what);
    assert.ok(close(sumOf(all, `tenant_gpu_${what}_total`), whole), what);
  }
  assert.equal(sumOf(all, "gpu_time_drift_total"), 0);
  const ratios = all.filter(({ name }) => name.endsWith("_ratio"));
  assert.ok(ratios.length >= 12 && ratios.every(({ value }) => value >= 0 && value <= 1));
  assert.ok(all.every(({ name }) => name !== "gpu_power_watts"));

  const { workers, shares } = await gpus();
  assert.equal(workers.length, 4);
  for (const { readings, peak } of workers) {
    assert.deepEqual(
      readings.map(({ gpu, source }) => [gpu, source]),
      [[0, "model"]],
    );
    assert.deepEqual(peak, { flopsPerS: 989.4e12, bytesPerS: 3.35e12 });
  }
  const known = shares.map(({ kind, tenant = "" }) => `${kind} ${tenant}`).toSorted();
  assert.deepEqual(known, ["idle ", "overhead ", "tenant acme", "tenant bolt", "tenant corner"]);
  assert.ok(
    close(
      shares.reduce((sum, { shareRatio }) => sum + shareRatio, 0),
      1,
    ),
  );
  const told = shares.reduce((sum, { gpuSeconds }) => sum + gpuSeconds, 0);
  const walls = workers.reduce(
    (sum, one) => sum + one.requestsGpuSeconds + one.overheadGpuSeconds + one.idleGpuSeconds,
    0,
  );
  assert.ok(close(told, walls));
});

const gpuLines = [
  '      gpuIds: ["0"]',
  "      modelShape: { parameters: 8.03e9, wideParameters: 1.05e9, layers: 32, heads: 32, headDim: 128, arithmetic: bfloat16 }",
];

test("a GPU under a real engine: what is read and computed is told, and a lost one takes its worker out until it is well", async (context) => {
  const smi = smiDouble();
  context.after(() => smi.remove());
  smi.says([smiLine()]);
  const vllm = await startVllmDouble({
    tenant: "acme",
    sequencesMax: 4,
    kvBlocks: 400,
    lorasMax: 0,
    adapterFiles: new Map(),
    defects: {},
  });
  context.after(() => vllm.close());
  const fleetFile = join(dirname(smi.program), "fleet.yaml");
  writeFileSync(fleetFile, batchServerFleet("vllm", vllm.url, gpuLines));
  const { client, metrics, gpus } = await open(context, {
    FAIRLEAD_FLEET_FILE: fleetFile,
    FAIRLEAD_NVIDIA_SMI: smi.program,
    FAIRLEAD_KERNEL_LOG: smi.kernelLog,
    FAIRLEAD_GPU_READ_EVERY: "200ms",
  });
  const ask = (): Promise<unknown> =>
    client("acme").completions.create({ model: "m", prompt: "x".repeat(400), max_tokens: 20 });
  await ask();
  const all = await until(async () => {
    const now = await metrics();
    const isTold =
      sumOf(now, "gpu_power_watts") > 0 && sumOf(now, "tenant_gpu_flops_total", "acme") > 0;
    return isTold ? now : undefined;
  }, "the GPU is read and its work told");
  assert.equal(sumOf(all, "gpu_power_watts", 'worker="w1",gpu="0"'), 612.34);
  assert.equal(sumOf(all, "gpu_busy_ratio"), 0.97);
  assert.equal(sumOf(all, "worker_peak_flops_per_second"), 989.4e12);
  // A hundred tokens of prompt and twenty of output, each once through the layers.
  const flops = sumOf(all, "gpu_flops_total");
  assert.ok(flops > 119 * 2 * 6.98e9 && flops < 1.05 * 120 * 2 * 8.03e9, String(flops));
  assert.equal(sumOf(all, "tenant_gpu_flops_total"), flops);
  assert.ok(
    all.every(({ name }) => !/mbu_ratio|traffic_bytes/.test(name)),
    "bytes are not known",
  );

  smi.says([lostLine]);
  await until(async () => {
    const now = await metrics();
    return sumOf(now, "engine_faults_total", 'reason="gpu-lost"') === 1 ? now : undefined;
  }, "the worker's engine is at fault");
  assert.deepEqual((await gpus()).workers, []);
  smi.says([smiLine()]);
  await until(
    () =>
      ask().then(
        () => true,
        () => undefined,
      ),
    "it serves again",
  );
  assert.equal(sumOf(await metrics(), "engine_crashes_total"), 1);
});
