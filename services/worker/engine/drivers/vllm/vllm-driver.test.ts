import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { engineCases, legalOutput, runOf, tokensOf } from "#services/worker/engine/engine.cases.ts";
import type { EngineLimits } from "#services/worker/engine/engine.cases.ts";
import { engineIsolationCases } from "#services/worker/engine/engine-isolation.cases.ts";
import {
  adapterFiles,
  digestA,
  digestB,
  digestC,
  digestD,
  doubledIsolation,
  hasEnded,
  kinds,
  load,
  openBatchBench,
  untilUp,
} from "#services/worker/engine/drivers/batch-server/batch-server-bench.cases.ts";
import type { BatchBench } from "#services/worker/engine/drivers/batch-server/batch-server-bench.cases.ts";
import { BatchServerDriver } from "#services/worker/engine/drivers/batch-server/batch-server-driver.ts";
import { startVllmDouble } from "./vllm-double.ts";
import type { VllmDouble, VllmDoubleOptions } from "./vllm-double.ts";
import { VllmDialect } from "./vllm-dialect.ts";

type Overrides = Partial<VllmDoubleOptions> & {
  readonly before?: (double: VllmDouble) => void;
};

type VllmBench = BatchBench<VllmDouble>;

const openBench = (limits: EngineLimits, { before, ...overrides }: Overrides = {}): VllmBench =>
  openBatchBench({
    limits,
    kind: "vllm",
    before,
    dialect: (spec) => new VllmDialect(spec),
    start: () =>
      startVllmDouble({
        tenant: "acme",
        sequencesMax: limits.sequencesMax,
        kvBlocks: limits.kvBlocks,
        lorasMax: limits.adapterSlots,
        adapterFiles,
        ...overrides,
      }),
  });

engineCases("vLLM's double", (limits) => openBench(limits));
engineCases("vLLM's double without the tokens API, three tokens an event", (limits) =>
  openBench(limits, { hasTokensApi: false, defects: { chunkTokens: 3 } }),
);

engineIsolationCases(
  "vLLM's double with its defects",
  (limits) =>
    openBench(limits, { defects: { wrongAdapterAfterEviction: true, prefixCacheByName: true } }),
  doubledIsolation,
);

const roomy: EngineLimits = { sequencesMax: 4, kvBlocks: 1000, adapterSlots: 2 };

async function withBench(
  overrides: Overrides & { readonly limits?: Partial<EngineLimits> },
  body: (bench: VllmBench, double: VllmDouble) => Promise<void>,
): Promise<void> {
  const { limits, ...rest } = overrides;
  const bench = openBench({ ...roomy, ...limits }, rest);
  bench.tell({ kind: "boot" });
  try {
    await body(bench, await bench.double);
  } finally {
    bench.close();
  }
}

/** Only what was asked for sequences: the driver's own calls have tiny prompts. */
const bodiesOf = ({ bodies }: VllmDouble): (typeof bodies)[number][] =>
  bodies.filter((body) => ((body["token_ids"] as number[] | undefined)?.length ?? 0) > 4);

test("nothing is ever loaded into a slot that another adapter decodes from", async () => {
  const defects = { wrongAdapterAfterEviction: true };
  await withBench({ defects, version: "0.24.0" }, async (bench, double) => {
    await untilUp(bench);
    load(bench, digestA);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 1);
    const run = runOf({ adapterDigest: digestA, outputTokensMax: 400, ignoreEos: true });
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length > 0);
    load(bench, digestB);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 2);
    load(bench, digestD);
    await bench.until(() => kinds(bench, "adapter-failed").length === 1);
    await bench.until(() => hasEnded(bench, run));
    assert.deepEqual(tokensOf(bench.heard, run), legalOutput(run));
    assert.equal(double.adapters.evictions, 0);
    assert.match(
      bench.notes.find(({ event }) => event === "engine.found")?.type ?? "",
      /free-slots-only/,
    );
  });
});

test("what an earlier life left in the slots is taken out before any is counted as free", async () => {
  const before = (double: VllmDouble): void => {
    double.adapters.load({ lora_name: "left", lora_path: "/b" });
  };
  await withBench({ before, limits: { adapterSlots: 1 } }, async (bench, double) => {
    await untilUp(bench);
    load(bench, digestA);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 1);
    assert.equal(double.adapters.evictions, 0);
    assert.deepEqual(double.adapters.names(), [digestA]);
  });
});

test("a token decides whether an adapter is loaded, not the server's word", async () => {
  await withBench({ defects: { loadsUnroutable: true } }, async (bench) => {
    await untilUp(bench);
    load(bench, digestA);
    await bench.until(() => kinds(bench, "adapter-failed").length === 1);
    const run = runOf({ adapterDigest: digestA });
    bench.tell(run);
    await bench.until(() => kinds(bench, "engine-refused").length === 1);
  });
});

test("two adapters that take the places of two others at once both find one", async () => {
  await withBench({}, async (bench, double) => {
    await untilUp(bench);
    load(bench, digestA);
    load(bench, digestB);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 2);
    load(bench, digestD, digestA);
    // The first is being taken out.
    setTimeout(() => load(bench, digestA, digestB), 1);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 4);
    assert.deepEqual(kinds(bench, "adapter-failed"), []);
    assert.equal(double.adapters.evictions, 0);
  });
});

test("an adapter that does not load takes no slot", async () => {
  await withBench({ limits: { adapterSlots: 1 } }, async (bench) => {
    await untilUp(bench);
    load(bench, digestC);
    await bench.until(() => kinds(bench, "adapter-failed").length === 1);
    load(bench, digestA);
    await bench.until(() => kinds(bench, "adapter-loaded").length === 1);
  });
});

test("every call has a salt of ours, another for each namespace and adapter, and in each life", async () => {
  await withBench({}, async (bench, double) => {
    await untilUp(bench);
    const salts = async (): Promise<unknown[]> => {
      const from = bodiesOf(double).length;
      for (const namespace of ["namespace-a", "namespace-b", "namespace-a"]) {
        const run = runOf({ namespace, outputTokensMax: 2 });
        bench.tell(run);
        await bench.until(() => hasEnded(bench, run));
      }
      return bodiesOf(double)
        .slice(from)
        .map((body) => body["cache_salt"]);
    };
    const [a, b, again] = await salts();
    assert.equal(a, again);
    assert.notEqual(a, b);
    assert.ok(double.bodies.every((body) => /^[\w-]{43}$/.test(String(body["cache_salt"]))));
    bench.tell({ kind: "reset" });
    await untilUp(bench, 2);
    assert.equal((await salts()).includes(a), false);
  });
});

for (const [policy, sent] of [
  ["priority", 3],
  ["fcfs-refuses", undefined],
  ["fcfs-ignores", undefined],
] as const) {
  test(`a band goes along as a priority only where that was seen to work: ${policy}`, async () => {
    await withBench({ policy }, async (bench, double) => {
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

test("a server that would let sequences wait inside does not come up", async () => {
  await withBench({ sequencesMax: 3 }, async (bench) => {
    await bench.until(() => bench.notes.some(({ event }) => event === "engine.not-up"));
    assert.match(bench.notes[0]?.why ?? "", /runs 3 sequences at once .* relies on 4/);
    assert.equal(kinds(bench, "engine-up").length, 0);
  });
});

test("an end is told when the server has let go, not when it was told to", async () => {
  await withBench({ defects: { abortDelayMs: 300 } }, async (bench, double) => {
    await untilUp(bench);
    const run = runOf({ outputTokensMax: 4000, ignoreEos: true });
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length > 3);
    bench.tell({ kind: "stop", sequence: run.sequence });
    await bench.until(() => kinds(bench, "sequence-stopped").length === 1);
    assert.equal(double.engine.gauges().running, 0);
  });
});

test("a server that does not let go gets nothing new, and is given up when nobody else runs", async () => {
  await withBench({ timeScale: 0.5 }, async (bench, double) => {
    await untilUp(bench);
    const [zombie, other] = [4000, 500].map((outputTokensMax) =>
      runOf({ outputTokensMax, ignoreEos: true }),
    );
    assert.ok(zombie !== undefined && other !== undefined);
    double.losesAborts = true;
    bench.tell(zombie);
    bench.tell(other);
    await bench.until(() => tokensOf(bench.heard, other).length > 3);
    bench.tell({ kind: "stop", sequence: zombie.sequence });
    await bench.until(() => bench.notes.some(({ event }) => event === "engine.cordoned"));
    const late = runOf();
    bench.tell(late);
    await bench.until(() => kinds(bench, "engine-refused").length === 1);
    assert.equal(kinds(bench, "sequence-stopped").length, 0);
    await bench.until(() => hasEnded(bench, other));
    assert.deepEqual(tokensOf(bench.heard, other), legalOutput(other));
    await bench.until(() => kinds(bench, "engine-crashed").length === 1);
  });
});

test("logits that are no numbers end the life of the engine, and its cache with it", async () => {
  await withBench({}, async (bench, double) => {
    await untilUp(bench);
    const run = runOf({ outputTokensMax: 4000, ignoreEos: true });
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length > 3);
    double.poisonAll();
    await bench.until(() => kinds(bench, "engine-crashed").length === 1);
    await untilUp(bench, 2);
    const salts = new Set(double.bodies.map((body) => body["cache_salt"]));
    assert.equal(salts.size, 3, "the canaries' of two lives, and the sequence's");
  });
});

test("a server that dies is a crash; one that answers and computes nothing is one too", async () => {
  for (const harm of ["kill", "hang"] as const) {
    await withBench({}, async (bench, double) => {
      await untilUp(bench);
      const run = runOf({ outputTokensMax: 4000, ignoreEos: true });
      bench.tell(run);
      await bench.until(() => tokensOf(bench.heard, run).length > 3);
      if (harm === "kill") await double.kill();
      else double.engine.isHung = true;
      await bench.until(() => kinds(bench, "engine-crashed").length === 1);
    });
  }
});

test("a connection that breaks under a sequence costs it a pause and no token", async () => {
  await withBench({}, async (bench, double) => {
    await untilUp(bench);
    const run = runOf({ outputTokensMax: 300, ignoreEos: true });
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length > 20);
    double.cutStreams();
    await bench.until(() => hasEnded(bench, run));
    assert.deepEqual(tokensOf(bench.heard, run), legalOutput(run));
    assert.equal(kinds(bench, "sequence-preempted").length, 1);
    assert.equal(kinds(bench, "sequence-resumed").length, 1);
  });
});

test("a prefix that penalties must count is refused as such", async () => {
  await withBench({}, async (bench) => {
    await untilUp(bench);
    const run = runOf({ forcedPrefix: [7, 8], sampling: { presencePenalty: 1 } });
    bench.tell(run);
    await bench.until(() => kinds(bench, "engine-refused").length === 1);
    const [refused] = kinds(bench, "engine-refused");
    assert.ok(refused?.kind === "engine-refused" && refused.reason === "not-resumable");
  });
});

test("a version that returns no token ids does not come up, and says why", async () => {
  await withBench({ version: "0.9.1" }, async (bench) => {
    await bench.until(() => bench.notes.some(({ event }) => event === "engine.not-up"));
    assert.match(bench.notes[0]?.why ?? "", /does not return token ids/);
  });
});

test("what answers no engine's words does not come up, and nothing is told", async () => {
  const page = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html>welcome</html>");
  });
  await new Promise<void>((resolve) => void page.listen(0, "127.0.0.1", resolve));
  const { port } = page.address() as AddressInfo;
  const told: string[] = [];
  for (const [url, why] of [
    [`http://127.0.0.1:${port}`, /no JSON: <html>/],
    ["http://127.0.0.1:1", /ECONNREFUSED/],
  ] as const) {
    const size = { gpus: 1, kvBlocks: 10, kvBlockTokens: 16, sequencesMax: 2 };
    const noted = Promise.withResolvers<string>();
    const driver = new BatchServerDriver({
      spec: () => ({ kind: "vllm", url, adapters: [], ...size }),
      dialect: (spec) => new VllmDialect(spec),
      nowMs: () => performance.now(),
      tell: ({ kind }) => void told.push(kind),
      note: (_event, fields) => noted.resolve(String(fields["why"])),
    });
    driver.hear({ kind: "boot" });
    assert.match(await noted.promise, why);
    assert.match(driver.missing ?? "", why);
    driver.close();
  }
  page.close();
  assert.deepEqual(told, []);
});
