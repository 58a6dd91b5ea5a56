import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { runOf, tokensOf } from "#services/worker/engine/engine.cases.ts";
import { promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import type { DriverBench } from "#services/worker/engine/drivers/driver-bench.ts";
import { known } from "#services/worker/engine/drivers/driver-bench.ts";
import type { LlamaServerWish, LocalLlamaServer } from "./local-llama-server.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { startLlamaServer, withoutLlamaServer } from "./local-llama-server.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import type { ServerBenchWish } from "./server-bench.ts";
import { openServerBench } from "./server-bench.ts";
import { readSlots } from "./slot-watch.ts";
import { soloRun } from "./solo-run.ts";

// What real llama-servers do wrong, and what the world does to them; each defect by name.

const skip = withoutLlamaServer;
const live = (name: string, body: (context: TestContext) => Promise<void>): void => {
  test(`llama-server: ${name}`, { skip }, body);
};

const slotTokens = 4096;

interface Stage {
  readonly server: LocalLlamaServer;
  readonly models: TinyModels;
  readonly spec: EngineServerSpec;
}

interface StageWish extends Partial<LlamaServerWish> {
  readonly size?: "tiny" | "small";
  readonly stops?: boolean;
}

async function stage(context: TestContext, wish: StageWish = {}): Promise<Stage> {
  const { size = "tiny", stops = false, slots = 4, ...rest } = wish;
  const folder = mkdtempSync(join(tmpdir(), "fairlead-llama-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const models = writeTinyModels(folder, { size, stops });
  const server = await startLlamaServer({ ...models, slots, contextTokens: slotTokens, ...rest });
  context.after(() => server.stop());
  return { server, models, spec: specOf({ server, models, slots }) };
}

const specOf = ({
  server,
  models,
  slots,
}: Pick<Stage, "server" | "models"> & { readonly slots: number }): EngineServerSpec => ({
  kind: "llama-server",
  url: server.url,
  gpus: 1,
  sequencesMax: slots,
  kvBlocks: (slots * slotTokens) / 16,
  kvBlockTokens: 16,
  adapters: models.adapters,
});

async function open(context: TestContext, wish: ServerBenchWish): Promise<DriverBench> {
  const bench = openServerBench(wish);
  context.after(() => bench.close());
  bench.tell({ kind: "boot" });
  await up(bench, 1);
  for (const { digest } of wish.spec.adapters) {
    bench.tell({
      kind: "load-adapter",
      digest,
      bytes: 1,
      tier: "disk",
      evict: "" as AdapterDigest,
    });
  }
  return bench;
}

const timesUp = ({ heard }: DriverBench): number =>
  heard.filter(({ kind }) => kind === "engine-up").length;
const up = (bench: DriverBench, times: number): Promise<void> =>
  bench.until(() => timesUp(bench) >= times);

const endOf = ({ heard }: DriverBench, { sequence }: Run): StepOutput | undefined => {
  for (const message of heard) {
    if (message.kind !== "step") continue;
    const found = message.outputs.find(
      (output) => output.sequence === sequence && output.end !== undefined,
    );
    if (found !== undefined) return found;
  }
  return undefined;
};

const isStopped = ({ heard }: DriverBench, { sequence }: Run): boolean =>
  heard.some((message) => message.kind === "sequence-stopped" && message.sequence === sequence);

const refusal = ({ heard }: DriverBench, { sequence }: Run): string | undefined => {
  const found = heard.find(
    (message) => message.kind === "engine-refused" && message.sequence === sequence,
  );
  return found?.kind === "engine-refused" ? found.reason : undefined;
};

async function finished(bench: DriverBench, run: Run): Promise<readonly number[]> {
  bench.tell(run);
  await bench.until(() => endOf(bench, run) !== undefined);
  return tokensOf(bench.heard, run);
}

const idsOf = (run: Run): number[] => promptIds(known(run)) ?? [];
const adapterOf = ({ models: { adapters } }: Stage, { adapterDigest }: Run): number | undefined =>
  adapterDigest === baseModel
    ? undefined
    : adapters.findIndex(({ digest }) => digest === adapterDigest);
const solo = (alone: Stage, run: Run): Promise<readonly number[]> =>
  soloRun(alone.server.url, {
    ids: [...idsOf(run), ...run.forcedPrefix],
    adapter: adapterOf(alone, run),
    outputTokensMax: run.outputTokensMax - run.forcedPrefix.length,
    ignoreEos: run.ignoreEos,
  });

live(
  "adapters and the base model alternate on one slot 200 times, cache on: every text is its own",
  async (context) => {
    const { server, spec } = await stage(context, { slots: 1 });
    const alone = await stage(context, { slots: 1 });
    const bench = await open(context, { spec });
    // One namespace for all of them, which the platform never has: the worst that the slot can be asked for.
    const runs = [...spec.adapters.slice(0, 2), { digest: baseModel }].map(
      ({ digest: adapterDigest }) =>
        () =>
          runOf({
            seed: "whose am I",
            tokens: 60,
            outputTokensMax: 12,
            ignoreEos: true,
            adapterDigest,
          }),
    );
    const legal = await Promise.all(runs.map((make) => solo(alone, make())));
    assert.equal(new Set(legal.map(String)).size, runs.length, "each has a text of its own");
    for (let turn = 0; turn < 200; turn++) {
      // Two, then one, then two: also the base model right after an adapter, and after itself.
      const which = (turn + Math.floor(turn / 7)) % runs.length;
      const make = runs[which];
      assert.ok(make);
      assert.deepEqual(await finished(bench, make()), legal[which], `turn ${turn}`);
    }
    assert.equal((await readSlots(server.url, 1000)).busy.size, 0);
  },
);

live("a failover's seam shows nowhere: after 1, 16 and all but one token", async (context) => {
  const { spec } = await stage(context);
  const alone = await stage(context, { slots: 1 });
  const bench = await open(context, { spec });
  const whole = runOf({ tokens: 50, outputTokensMax: 40, ignoreEos: true });
  const legal = await solo(alone, whole);
  for (const forced of [1, 16, 39]) {
    const next = { ...whole, sequence: `${forced}.2`, forcedPrefix: legal.slice(0, forced) };
    assert.deepEqual(await finished(bench, next), legal.slice(forced));
    assert.equal(endOf(bench, next)?.totals.outputTokens, 40 - forced);
  }
});

live("tokens inside a character have no event, and are told all the same", async (context) => {
  const { spec } = await stage(context);
  const bench = await open(context, { spec });
  // Hot enough that bytes come often, also those that begin a character and leave it unfinished.
  const runs = [1, 2, 3, 4].map((seed) =>
    runOf({ outputTokensMax: 120, ignoreEos: true, sampling: { temperature: 9, seed } }),
  );
  for (const run of runs) bench.tell(run);
  await bench.until(() => runs.every((run) => endOf(bench, run) !== undefined));
  const firstByte = 5;
  const beginsCharacter = (token: number): boolean =>
    token >= firstByte + 0xc0 && token < firstByte + 0xf8;
  for (const run of runs) {
    const tokens = tokensOf(bench.heard, run);
    assert.equal(tokens.length, 120);
    assert.equal(endOf(bench, run)?.totals.outputTokens, 120);
    assert.ok(tokens.some(beginsCharacter), "the case was met");
  }
});

live("a least length is kept, though the server knows none", async (context) => {
  const { spec } = await stage(context, { stops: true });
  const bench = await open(context, { spec });
  const plain = Array.from({ length: 4 }, () => runOf({ outputTokensMax: 400 }));
  for (const run of plain) {
    const { length } = await finished(bench, run);
    if (endOf(bench, run)?.end !== "stop") continue;
    const longer = { ...run, sequence: `${run.sequence}0`, outputTokensMin: length + 20 };
    const tokens = await finished(bench, longer);
    assert.ok(tokens.length >= length + 20);
    return;
  }
  assert.fail("none of them stops by itself");
});

live(
  "a prompt of all but one token of the context brings one; more is refused, and the server lives",
  async (context) => {
    const { spec } = await stage(context);
    const bench = await open(context, { spec });
    const one = { outputTokensMax: 1, ignoreEos: true };
    const fits = runOf({ ...one, tokens: slotTokens - 1 });
    assert.equal((await finished(bench, fits)).length, 1);
    for (const tokens of [slotTokens, slotTokens + 1]) {
      const run = runOf({ ...one, tokens });
      bench.tell(run);
      await bench.until(() => refusal(bench, run) !== undefined);
      assert.equal(refusal(bench, run), "too-long");
    }
    assert.equal((await finished(bench, runOf({ ...one }))).length, 1);
  },
);

live("ids that the model has not are refused as malformed", async (context) => {
  const { spec } = await stage(context);
  const bench = await open(context, { spec });
  const run = { ...runOf({ outputTokensMax: 3 }), sampling: { temperature: 0 } };
  bench.tellAsIs(run);
  await bench.until(() => refusal(bench, run) !== undefined);
  assert.equal(refusal(bench, run), "malformed");
  assert.equal((await finished(bench, runOf({ outputTokensMax: 3, ignoreEos: true }))).length, 3);
});

const neverEnds = { outputTokensMax: 3_000, ignoreEos: true };

live("a cancel at any moment frees the slot, beside a stream that goes on", async (context) => {
  const { server, spec } = await stage(context, { size: "small" });
  const bench = await open(context, { spec });
  const neighbour = runOf({ ...neverEnds, tokens: 20 });
  bench.tell(neighbour);
  const long = { ...neverEnds, outputTokensMax: 10, tokens: 3_000 };
  const startedAtMs = performance.now();
  await finished(bench, runOf(long));
  const wholeMs = performance.now() - startedAtMs;
  for (const wait of [0, wholeMs / 10, wholeMs / 3]) {
    const run = runOf(long);
    bench.tell(run);
    await sleep(wait);
    const stoppedAtMs = performance.now();
    bench.tell({ kind: "stop", sequence: run.sequence });
    await bench.until(() => isStopped(bench, run));
    const tookMs = performance.now() - stoppedAtMs;
    assert.ok(tookMs < wholeMs / 2, `${tookMs} ms of ${wholeMs}: what is left was not computed`);
    assert.deepEqual(tokensOf(bench.heard, run), []);
    assert.equal((await readSlots(server.url, 5000)).busy.size, 1);
  }
  for (const tokens of [1, 5]) {
    const run = runOf({ ...neverEnds, tokens: 20 });
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length >= tokens);
    bench.tell({ kind: "stop", sequence: run.sequence });
    await bench.until(() => isStopped(bench, run));
    assert.equal((await readSlots(server.url, 5000)).busy.size, 1);
  }
  assert.equal(endOf(bench, neighbour), undefined);
  bench.tell({ kind: "stop", sequence: neighbour.sequence });
  await bench.until(() => isStopped(bench, neighbour));
});

live("a storm of 100 cancels leaves nothing running", async (context) => {
  const { server, spec } = await stage(context);
  const bench = await open(context, { spec });
  const runs: Run[] = [];
  for (let round = 0; round < 25; round++) {
    const four = Array.from({ length: 4 }, (_, index) =>
      runOf({ ...neverEnds, tokens: 20 + 300 * index }),
    );
    for (const run of four) bench.tell(run);
    await sleep(round % 5);
    for (const { sequence } of four) bench.tell({ kind: "stop", sequence });
    runs.push(...four);
  }
  await bench.until(() => runs.every((run) => isStopped(bench, run)));
  assert.equal(runs.filter((run) => refusal(bench, run) !== undefined).length, 0);
  assert.equal((await readSlots(server.url, 1000)).busy.size, 0);
  const last = bench.heard.findLast((message) => message.kind === "step");
  assert.equal(last?.kind === "step" ? last.usedBlocks : -1, 0);
});

const impatient = { silenceMs: 500, answerMs: 700, idleMs: 500 };

live(
  "a server that is killed takes what ran with it, and is up again when it is",
  async (context) => {
    const { server, models, spec } = await stage(context);
    const bench = await open(context, { spec });
    const runs = [runOf(neverEnds), runOf(neverEnds), runOf(neverEnds)];
    for (const run of runs) bench.tell(run);
    await bench.until(() => runs.every((run) => tokensOf(bench.heard, run).length > 3));
    server.kill("SIGKILL");
    await bench.until(() => bench.heard.some(({ kind }) => kind === "engine-crashed"));
    assert.ok(!runs.some((run) => endOf(bench, run) !== undefined || isStopped(bench, run)));
    const { port } = server;
    const again = await startLlamaServer({ ...models, slots: 4, contextTokens: slotTokens, port });
    context.after(() => again.stop());
    await up(bench, 2);
    assert.equal(bench.heard.filter(({ kind }) => kind === "engine-crashed").length, 1);
    assert.equal((await finished(bench, runOf({ outputTokensMax: 5, ignoreEos: true }))).length, 5);
  },
);

live(
  "a server that hangs is given up, and its slots are free before it is used again",
  async (context) => {
    const { server, spec } = await stage(context);
    const bench = await open(context, { spec, patience: impatient });
    const run = runOf(neverEnds);
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length > 3);
    server.kill("SIGSTOP");
    await bench.until(() => bench.heard.some(({ kind }) => kind === "engine-crashed"));
    server.kill("SIGCONT");
    await up(bench, 2);
    assert.equal((await readSlots(server.url, 1000)).busy.size, 0);
    assert.equal((await finished(bench, runOf({ outputTokensMax: 5, ignoreEos: true }))).length, 5);
  },
);

live("a server that was started again while nothing ran is another one", async (context) => {
  const { server, models, spec } = await stage(context);
  const bench = await open(context, { spec, patience: impatient });
  await server.stop();
  const { port } = server;
  const again = await startLlamaServer({ ...models, slots: 4, contextTokens: slotTokens, port });
  context.after(() => again.stop());
  await up(bench, 2);
  assert.equal((await finished(bench, runOf({ outputTokensMax: 5, ignoreEos: true }))).length, 5);
});

live("a memory that all slots share is noticed, and then nothing is reused", async (context) => {
  const { spec } = await stage(context, { flags: ["--cache-ram", "64"] });
  const bench = await open(context, { spec });
  assert.ok(bench.notes.some(({ event }) => event === "engine.no-reuse"));
  for (const tenant of ["acme", "bolt", "acme"]) {
    const namespace = `namespace-${tenant}`;
    const run = runOf({ seed: "asked by both", tokens: 200, outputTokensMax: 4, namespace });
    await finished(bench, run);
    assert.equal(endOf(bench, run)?.totals.cachedTokens, 0);
  }
});

live(
  "a server that is smaller than its entry, or lacks an adapter, does not come up, and says how it must be started",
  async (context) => {
    const { spec, models } = await stage(context);
    const whyOf = async (wrong: EngineServerSpec): Promise<string> => {
      const bench = openServerBench({ spec: wrong });
      bench.tell({ kind: "boot" });
      for (let turn = 0; turn < 100 && bench.notes.length === 0; turn++) await sleep(20);
      bench.close();
      assert.deepEqual(bench.heard, []);
      return String(bench.notes[0]?.fields["why"]);
    };
    const many = { ...spec, sequencesMax: 8, kvBlocks: spec.kvBlocks * 2 };
    assert.match(await whyOf(many), /it has 4 slots of 4096 tokens.*-np 8 -c 32768/);
    const strange = { digest: "a".repeat(64) as AdapterDigest, path: "/models/other.gguf" };
    const why = await whyOf({ ...spec, adapters: [strange] });
    assert.match(why, /it has no adapter \/models\/other\.gguf, but .*--lora-scaled/);
    assert.ok(why.includes(models.adapters[0]?.path ?? "none"));
  },
);
