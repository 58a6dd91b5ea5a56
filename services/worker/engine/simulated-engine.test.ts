import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { requestsOf } from "#shared/model/gpu-lines.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { assertBlocksConserved } from "./block-pool.ts";
import { engineCases, legalOutput, runOf, tokensOf } from "./engine.cases.ts";
import { engineIsolationCases } from "./engine-isolation.cases.ts";
import { engineFairnessCases } from "./engine-fairness.cases.ts";
import type { EngineBench, EngineLimits } from "./engine.cases.ts";
import { startVirtualEngine } from "./virtual-engine.ts";
import type { VirtualEngine } from "./virtual-engine.ts";

const specOf = (fields: Partial<SimulatedEngineSpec> = {}): SimulatedEngineSpec => ({
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 1000,
  kvBlockTokens: 16,
  sequencesMax: 8,
  stepTokensMax: 2048,
  adapterSlots: 2,
  timeScale: 1,
  ...fields,
});

const openBench = (limits: EngineLimits): EngineBench => benchOf(specOf(limits));

function benchOf(spec: SimulatedEngineSpec): EngineBench {
  const engine = startVirtualEngine(spec);
  return {
    tell: (message) => engine.tell(message),
    heard: engine.heard,
    until: async (isReached) => {
      assert.ok(engine.until(isReached), "the engine fell silent");
    },
    close: () => assertConserved(engine),
  };
}

function assertConserved(engine: VirtualEngine): void {
  const { replica } = engine;
  const tables = [...replica.sequences.values()].map((sequence) => sequence.table.blocks);
  assertBlocksConserved(replica.pool, tables);
  for (const { table, chain } of replica.running) {
    table.blocks.forEach((id, index) => {
      const name = replica.pool.names[id];
      assert.ok(name === undefined || name === chain.names[index], "a block holds its own text");
      assert.ok(name === undefined || replica.pool.namespaces[id] === table.namespace);
    });
  }
  for (const sequence of replica.waiting) assert.equal(sequence.table.blocks.length, 0);
  assert.equal(replica.running.length + replica.waiting.length, replica.sequences.size);
  const { sequencesUs, loadUs, overheadUs, idleUs, accountedUs, upUs, gpus } = replica.gpuTime;
  assert.equal(sequencesUs + loadUs + overheadUs + idleUs, (accountedUs - upUs) * gpus);
  assert.ok(accountedUs <= engine.nowMs() * 1000 + 1);
  const { gflop, megabytes, tenants, requests } = replica.gpuTime;
  assert.equal(requestsOf(requests), sequencesUs, "kinds of work add up to the whole");
  const { recomputeUs } = requests;
  const whole = { gpuUs: sequencesUs, recomputeUs, gflop: gflop.whole, megabytes: megabytes.whole };
  const shared = { gpuUs: 0, recomputeUs: 0, gflop: 0, megabytes: 0 };
  for (const [, account] of tenants.all()) {
    shared.gpuUs += account.gpuUs;
    shared.recomputeUs += account.recomputeUs;
    shared.gflop += account.gflop;
    shared.megabytes += account.megabytes;
  }
  assert.deepEqual(shared, whole, "tenants' accounts add up to the whole");
}

engineCases("simulated engine", openBench);
engineCases("simulated engine, in order of arrival", (limits) =>
  benchOf(specOf({ ...limits, batching: "fifo" })),
);
engineIsolationCases("simulated engine", openBench);
engineIsolationCases("simulated engine, in order of arrival", (limits) =>
  benchOf(specOf({ ...limits, batching: "fifo" })),
);
engineFairnessCases("simulated engine", openBench);
engineFairnessCases("simulated engine in FP8", (limits) =>
  benchOf(specOf({ ...limits, profile: "llama3_8b/tp1/fp8" })),
);

const crashTexted = (text: string) => {
  const bytes = Buffer.from(text);
  return { promptBytes: bytes, promptTokens: Math.ceil(bytes.length / 4), outputTokensMax: 40 };
};

test("an engine that is told a text dies of it with everything in flight, and comes up again empty", () => {
  const engine = startVirtualEngine(specOf({ crashText: "BOOM" }));
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ sequence: "a.1", ignoreEos: true, outputTokensMax: 40 }));
  const culprit = { ...runOf({ sequence: "b.1", ignoreEos: true }), ...crashTexted("xxBOOM5") };
  engine.tell(culprit);
  const hasCrashed = (): boolean => engine.heard.at(-1)?.kind === "engine-crashed";
  assert.ok(engine.until(hasCrashed), "it lived");
  const tokens = tokensOf(engine.heard, culprit);
  assert.equal(tokens.length, 5, "until the token with the number behind the text");
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ sequence: "c.1" }));
  assert.ok(hasCrashed(), "while it is down it says nothing");
  const downAtMs = engine.nowMs();
  assert.ok(engine.until(() => engine.heard.at(-1)?.kind === "engine-up"));
  assert.equal(engine.nowMs() - downAtMs, 2000);
  assert.equal(engine.replica.sequences.size, 0);
  assertConserved(engine);
});

test("no text crashes an engine that was not told one", () => {
  const engine = startVirtualEngine(specOf());
  engine.tell({ kind: "boot" });
  engine.tell({ ...runOf({ sequence: "a.1" }), ...crashTexted("KILL-THE-ENGINE BOOM") });
  engine.until(() => false);
  assert.ok(engine.heard.every(({ kind }) => kind !== "engine-crashed"));
});

test("a lone decode step takes what the table says", () => {
  const engine = startVirtualEngine(specOf());
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ tokens: 128, outputTokensMax: 2, ignoreEos: true }));
  engine.fireNext();
  // host 0.5 + G(128) 6.731 + prefill 0.496 + 0.8119 ns × 128·64
  const prefillMs = engine.nowMs();
  assert.equal(prefillMs.toFixed(3), "7.734");
  engine.fireNext();
  // host 0.5 + G(1) 6.005 + decode 0.364 + 3.3 µs + 43.97 ns × 129
  assert.equal((engine.nowMs() - prefillMs).toFixed(3), "6.878");
});

test("an engine of another GPU does not call itself an H100", () => {
  const engine = startVirtualEngine(specOf({ profile: "llama2_7b/tp1/float16/a10g" }));
  engine.tell({ kind: "boot" });
  const [up] = engine.heard;
  assert.ok(up?.kind === "engine-up");
  assert.equal(up.workerType, "simulated-a10g/llama2_7b/tp1/float16/a10g");
});

test("time scale stretches steps", () => {
  const endOf = (timeScale: number): number => {
    const engine = startVirtualEngine(specOf({ timeScale }));
    engine.tell({ kind: "boot" });
    engine.tell(runOf({ outputTokensMax: 5, ignoreEos: true, seed: "scaled" }));
    while (engine.fireNext());
    return engine.nowMs();
  };
  assert.ok(Math.abs(endOf(4) - endOf(1) * 4) < 0.01);
});

test("a prompt is prefilled in chunks under the budget, decodes included", () => {
  const engine = startVirtualEngine(specOf({ stepTokensMax: 512, profile: "llama3_8b/tp1/fp8" }));
  engine.tell({ kind: "boot" });
  const decoding = runOf({ tokens: 16, outputTokensMax: 50, ignoreEos: true });
  engine.tell(decoding);
  engine.until(() => tokensOf(engine.heard, decoding).length > 0);
  const long = runOf({ tokens: 1200, outputTokensMax: 5, ignoreEos: true });
  engine.tell(long);
  engine.fireNext();
  const chunks: number[] = [];
  while (tokensOf(engine.heard, long).length === 0) {
    chunks.push(
      engine.replica.step?.batch.reduce((sum, { stepTokens }) => sum + stepTokens, 0) ?? 0,
    );
    engine.fireNext();
  }
  assert.deepEqual(chunks, [512, 512, 1200 - 511 * 2 + 1]);
});

test("the budget of an FP8 replica is a multiple of its tile", () => {
  const engine = startVirtualEngine(specOf({ stepTokensMax: 600, profile: "llama3_8b/tp1/fp8" }));
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ tokens: 1200 }));
  assert.equal(engine.replica.step?.batch[0]?.stepTokens, 512);
});

test("late timers do not slow the engine down", () => {
  const spec = specOf();
  const punctual = startVirtualEngine(spec);
  const late = startVirtualEngine(spec);
  for (const engine of [punctual, late]) {
    engine.tell({ kind: "boot" });
    engine.tell(runOf({ seed: "lateness", outputTokensMax: 50, ignoreEos: true }));
  }
  while (punctual.fireNext());
  // Every timer a millisecond late: advance in whole milliseconds only.
  while (late.replica.step !== undefined) late.advance(1);
  assert.equal(late.replica.gpuTime.idleUs, 0);
  assert.equal(late.replica.lastEndUs, punctual.replica.lastEndUs);
});

test("an engine that was restarted says so before it answers", () => {
  const engine = startVirtualEngine(specOf());
  engine.tell({ kind: "stop", sequence: "gone.1" });
  assert.deepEqual(
    engine.heard.map(({ kind }) => kind),
    ["engine-up", "sequence-stopped"],
  );
});

test("a short tail does not begin another tile beside decodes", () => {
  const spec = specOf({ profile: "llama3_8b/tp1/fp8", sequencesMax: 210, kvBlocks: 9000 });
  const engine = startVirtualEngine(spec);
  engine.tell({ kind: "boot" });
  for (let count = 0; count < 200; count++) {
    engine.tell(runOf({ tokens: 8, outputTokensMax: 50, ignoreEos: true }));
  }
  engine.until(() => engine.replica.running.filter(({ isDecoding }) => isDecoding).length === 200);
  engine.tell(runOf({ tokens: 60 }));
  engine.fireNext();
  const tokens = engine.replica.step?.batch.reduce((sum, { stepTokens }) => sum + stepTokens, 0);
  assert.equal(tokens, 256);
});

test("memory that runs out costs the lowest band first, then the largest", () => {
  const engine = startVirtualEngine(specOf({ kvBlocks: 60 }));
  engine.tell({ kind: "boot" });
  const plain = { outputTokensMax: 200, ignoreEos: true };
  const low = runOf({ ...plain, tokens: 100, band: 2, tenant: "low" as TenantId });
  const large = runOf({ ...plain, tokens: 400 });
  const small = runOf({ ...plain, tokens: 200 });
  for (const run of [low, large, small]) engine.tell(run);
  const preempted = (): string[] =>
    engine.heard.flatMap((message) =>
      message.kind === "sequence-preempted" ? [message.sequence] : [],
    );
  engine.until(() => preempted().length === 2);
  assert.deepEqual(preempted(), [low.sequence, large.sequence]);
});

test("a replica of two GPUs accounts for both", () => {
  const engine = startVirtualEngine(specOf({ profile: "qwen25_72b/tp2/fp8", gpus: 2 }));
  engine.tell({ kind: "boot" });
  engine.tell(runOf({ outputTokensMax: 3, ignoreEos: true }));
  engine.tell(runOf({ outputTokensMax: 3, ignoreEos: true }));
  while (engine.fireNext());
  assertConserved(engine);
  assert.equal(engine.replica.gpuTime.accountedUs, Math.round(engine.nowMs() * 1000));
});

test("GPU time of the sequences is what their totals say", () => {
  const engine = startVirtualEngine(specOf());
  engine.tell({ kind: "boot" });
  for (const tokens of [7, 90, 333]) engine.tell(runOf({ tokens }));
  while (engine.fireNext());
  let totalUs = 0;
  for (const message of engine.heard) {
    if (message.kind !== "step") continue;
    for (const { end, totals } of message.outputs) totalUs += end === undefined ? 0 : totals.gpuUs;
  }
  assert.equal(totalUs, engine.replica.gpuTime.sequencesUs);
});

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("run" as const), pick: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stop" as const), pick: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const), pick: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("resume" as const), pick: fc.nat(40) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), pick: fc.nat(90) }) },
);

test("whatever is run, stopped, paused and preempted: blocks are conserved and output is the oracle's", () => {
  let preemptions = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 120 }), (actions) => {
      const engine = startVirtualEngine(specOf({ kvBlocks: 40, sequencesMax: 6 }));
      engine.tell({ kind: "boot" });
      const runs: ReturnType<typeof runOf>[] = [];
      for (const { do: verb, pick } of actions) {
        if (verb === "wait") {
          for (let count = 0; count < pick; count++) engine.fireNext();
        } else if (verb === "run") {
          const namespace = pick % 2 === 0 ? "even" : "odd";
          const tenant = (pick % 3 === 0 ? "acme" : "bolt") as TenantId;
          const terms = { tenant, weight: 1 + (pick % 3), band: pick % 2 };
          const run = runOf({ seed: `text ${pick}`, tokens: 20 + pick * 40, namespace, ...terms });
          runs.push(run);
          engine.tell(run);
        } else {
          const target = runs[pick % Math.max(1, runs.length)];
          if (target !== undefined) engine.tell({ kind: verb, sequence: target.sequence });
        }
        assertConserved(engine);
      }
      for (const { sequence } of runs) engine.tell({ kind: "resume", sequence });
      while (engine.fireNext());
      assertConserved(engine);
      assert.equal(engine.replica.sequences.size, 0);
      assert.equal(engine.replica.pool.free.length + engine.replica.pool.evictable.size, 40);
      for (const run of runs) {
        const tokens = tokensOf(engine.heard, run);
        assert.deepEqual(tokens, legalOutput(run).slice(0, tokens.length));
      }
      preemptions += engine.heard.filter(({ kind }) => kind === "sequence-preempted").length;
    }),
    { numRuns: 60, seed: 11 },
  );
  assert.ok(preemptions > 0, "the property was tested under preemption");
});

test("a minute of three busy engines is simulated in well under a second", () => {
  const startedMs = performance.now();
  let steps = 0;
  for (let replica = 0; replica < 3; replica++) {
    const engine = startVirtualEngine(specOf({ kvBlocks: 25_000, sequencesMax: 64 }));
    engine.tell({ kind: "boot" });
    while (engine.nowMs() < 60_000) {
      for (let count = engine.replica.sequences.size; count < 10; count++) {
        engine.tell(runOf({ tokens: 300 }));
      }
      engine.fireNext();
      engine.heard.length = 0;
      steps++;
    }
  }
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs < 3000, `${steps} steps took ${tookMs.toFixed(0)} ms`);
  console.log(`# ${steps} steps of about ten sequences in ${tookMs.toFixed(0)} ms`);
});
