import assert from "node:assert/strict";
import { test } from "node:test";
import { engineCases, legalOutput, runOf, tokensOf } from "#services/worker/engine/engine.cases.ts";
import type { EngineLimits } from "#services/worker/engine/engine.cases.ts";
import { engineIsolationCases } from "#services/worker/engine/engine-isolation.cases.ts";
import {
  adapterFiles,
  digestA,
  doubledIsolation,
  hasEnded,
  kinds,
  load,
  openBatchBench,
  untilUp,
} from "#services/worker/engine/drivers/batch-server/batch-server-bench.cases.ts";
import type { BatchBench } from "#services/worker/engine/drivers/batch-server/batch-server-bench.cases.ts";
import { SglangDialect } from "./sglang-dialect.ts";
import { startSglangDouble } from "./sglang-double.ts";
import type { SglangDouble, SglangDoubleOptions } from "./sglang-double.ts";

const openBench = (
  limits: EngineLimits,
  overrides: Partial<SglangDoubleOptions> = {},
): BatchBench<SglangDouble> =>
  openBatchBench({
    limits,
    kind: "sglang",
    dialect: (spec) => new SglangDialect(spec),
    start: () =>
      startSglangDouble({
        tenant: "acme",
        sequencesMax: limits.sequencesMax,
        kvBlocks: limits.kvBlocks,
        lorasMax: limits.adapterSlots,
        adapterFiles,
        ...overrides,
      }),
  });

engineCases("SGLang's double", (limits) => openBench(limits));
engineCases("SGLang's double with every defect that is worked round", (limits) =>
  openBench(limits, { defects: { abortsByPrefix: true, concatenatesKeys: true } }),
);

engineIsolationCases(
  "SGLang's double with its defects",
  (limits) => openBench(limits, { defects: { abortsByPrefix: true, concatenatesKeys: true } }),
  doubledIsolation,
);

const roomy: EngineLimits = { sequencesMax: 4, kvBlocks: 1000, adapterSlots: 2 };

async function withBench(
  overrides: Partial<SglangDoubleOptions>,
  body: (bench: BatchBench<SglangDouble>, double: SglangDouble) => Promise<void>,
): Promise<void> {
  const bench = openBench(roomy, overrides);
  bench.tell({ kind: "boot" });
  try {
    await body(bench, await bench.double);
  } finally {
    bench.close();
  }
}

/** Only what was asked for sequences: the driver's own calls have tiny prompts. */
const bodiesOf = ({ bodies }: SglangDouble): (typeof bodies)[number][] =>
  bodies.filter((body) => (body["input_ids"] as number[]).length > 4);

test("an abort takes the one that is meant, asked for once and only while it lives", async () => {
  await withBench({ defects: { abortsByPrefix: true } }, async (bench, double) => {
    await untilUp(bench);
    const runs = [0, 1, 2].map(() => runOf({ outputTokensMax: 300, ignoreEos: true }));
    const [stopped, ...others] = runs;
    assert.ok(stopped !== undefined);
    const before = double.aborts.length;
    for (const run of runs) bench.tell(run);
    await bench.until(() => runs.every((run) => tokensOf(bench.heard, run).length > 3));
    bench.tell({ kind: "stop", sequence: stopped.sequence });
    bench.tell({ kind: "stop", sequence: stopped.sequence });
    await bench.until(() => kinds(bench, "sequence-stopped").length === 1);
    await bench.until(() => others.every((run) => hasEnded(bench, run)));
    for (const run of others) assert.deepEqual(tokensOf(bench.heard, run), legalOutput(run));
    bench.tell({ kind: "stop", sequence: others[0]?.sequence ?? "" });
    await bench.until(() => kinds(bench, "sequence-stopped").length === 2);
    assert.equal(double.aborts.length, before + 1);
    assert.equal(double.lateAborts, 0);
    assert.ok(double.aborts.every((rid) => /^[0-9a-f]{32}$/.test(rid)));
    assert.equal(new Set(double.bodies.map((body) => body["rid"])).size, double.bodies.length);
  });
});

test("a lost abort cordons it; it is given up when nobody else runs, and comes back empty", async () => {
  await withBench({ timeScale: 0.5 }, async (bench, double) => {
    await untilUp(bench);
    const zombie = runOf({ outputTokensMax: 900, ignoreEos: true });
    double.losesAborts = true;
    bench.tell(zombie);
    await bench.until(() => tokensOf(bench.heard, zombie).length > 3);
    bench.tell({ kind: "stop", sequence: zombie.sequence });
    await bench.until(() => bench.notes.some(({ event }) => event === "engine.cordoned"));
    assert.equal(kinds(bench, "sequence-stopped").length, 0);
    await bench.until(() => kinds(bench, "engine-crashed").length === 1);
    double.losesAborts = false;
    await untilUp(bench, 2);
    assert.equal(double.engine.gauges().running, 0);
  });
});

test("a server that streams cumulatively does not come up, whatever it tells of itself", async () => {
  for (const hidesIt of [false, true]) {
    await withBench({ defects: { streamsCumulatively: true, hidesIt } }, async (bench) => {
      await bench.until(() => bench.notes.some(({ event }) => event === "engine.not-up"));
      assert.match(bench.notes[0]?.why ?? "", /--incremental-streaming-output/);
      assert.equal(kinds(bench, "engine-up").length, 0);
    });
  }
});

for (const [priorities, refusesPriority, sent] of [
  ["lowest-first", false, 3],
  ["highest-first", false, -3],
  ["off", false, undefined],
  ["off", true, undefined],
] as const) {
  test(`a band goes along with the sign that was seen to work: ${priorities}, ${refusesPriority}`, async () => {
    await withBench({ priorities, refusesPriority }, async (bench, double) => {
      await untilUp(bench);
      const run = runOf({ band: 3, outputTokensMax: 2 });
      bench.tell(run);
      await bench.until(() => hasEnded(bench, run));
      assert.deepEqual(
        bodiesOf(double).map((body) => body["priority"]),
        [sent],
      );
    });
  });
}

test("namespace and digest are one value: no other pair makes the same, and none is a client's", async () => {
  await withBench({ defects: { concatenatesKeys: true } }, async (bench, double) => {
    await untilUp(bench);
    load(bench, digestA);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 1);
    const crafted = `namespace${digestA}`;
    for (const fields of [
      { namespace: "namespace", adapterDigest: digestA },
      { namespace: crafted },
    ]) {
      const run = runOf({ ...fields, seed: "the same words", tokens: 100, outputTokensMax: 4 });
      bench.tell(run);
      await bench.until(() => hasEnded(bench, run));
      assert.deepEqual(tokensOf(bench.heard, run), legalOutput(run));
    }
    const keys = bodiesOf(double).map((body) => String(body["extra_key"]));
    assert.equal(new Set(keys).size, 2);
    assert.ok(keys.every((key) => /^[\w-]{43}$/.test(key)));
  });
});

for (const [fault, overrides, reason] of [
  ["pages of another size", { pageTokens: 1 }, /--page-size 16/],
  [
    "a cache that no salt covers",
    { told: { enable_hierarchical_cache: true } },
    /without --enable-h/,
  ],
  ["no adapters", { told: { enable_lora: false } }, /--enable-lora/],
  ["less memory", { kvBlocks: 900 }, /has 900 KV blocks, .* relies on 1000/],
  ["fewer slots", { sequencesMax: 3 }, /runs 3 sequences at once/],
] as const) {
  test(`a server with ${fault} does not come up, and says what would mend it`, async () => {
    await withBench(overrides, async (bench) => {
      await bench.until(() => bench.notes.some(({ event }) => event === "engine.not-up"));
      assert.match(bench.notes[0]?.why ?? "", reason);
    });
  });
}
