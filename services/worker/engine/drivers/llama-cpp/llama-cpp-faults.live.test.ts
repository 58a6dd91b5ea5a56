import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { runOf, tokensOf } from "#services/worker/engine/engine.cases.ts";
import type { DriverBench } from "#services/worker/engine/drivers/driver-bench.ts";
import { known } from "#services/worker/engine/drivers/driver-bench.ts";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { promptIds } from "#services/worker/engine/drivers/prompt-ids.ts";
import type { EmbeddedBench } from "./embedded-bench.ts";
import { openEmbeddedBench, openSoloEngine } from "./embedded-bench.ts";
import { withoutNodeLlamaCpp } from "./node-llama-cpp.ts";

// What an embedded llama.cpp is stopped in, dies of, and must not mix up.

const skip = withoutNodeLlamaCpp;
const live = (name: string, body: (context: TestContext) => Promise<void>): void => {
  test(`llama-cpp: ${name}`, { skip }, body);
};

const slotBlocks = 256;

interface Stage {
  readonly models: TinyModels;
  readonly bench: EmbeddedBench;
}

interface StageWish {
  readonly size?: "tiny" | "small";
  readonly stops?: boolean;
  readonly slots?: number;
  /** What has become of the files, and what the entry says of them. */
  readonly told?: (models: TinyModels) => TinyModels;
}

async function stage(context: TestContext, wish: StageWish = {}): Promise<Stage> {
  const { size = "tiny", stops = false, slots = 4 } = wish;
  const folder = mkdtempSync(join(tmpdir(), "fairlead-gguf-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const written = writeTinyModels(folder, { size, stops });
  const models = wish.told?.(written) ?? written;
  const room = { sequencesMax: slots, kvBlocks: slots * slotBlocks };
  const bench = openEmbeddedBench({ models, ...room });
  context.after(() => bench.close());
  bench.tell({ kind: "boot" });
  await up(bench, 1);
  return { models, bench };
}

const up = (bench: DriverBench, times: number): Promise<void> =>
  bench.until(() => bench.heard.filter(({ kind }) => kind === "engine-up").length >= times);

const outputsOf = ({ heard }: DriverBench, { sequence }: Run): StepOutput[] =>
  heard.flatMap((message) =>
    message.kind === "step" ? message.outputs.filter((output) => output.sequence === sequence) : [],
  );

const hasEnded = (bench: DriverBench, run: Run): boolean =>
  outputsOf(bench, run).some(({ end }) => end !== undefined);

const isStopped = ({ heard }: DriverBench, { sequence }: Run): boolean =>
  heard.some((message) => message.kind === "sequence-stopped" && message.sequence === sequence);

const prefilledOf = (bench: DriverBench, run: Run): number =>
  Math.max(0, ...outputsOf(bench, run).map(({ totals }) => totals.prefillTokens));

async function textOf(bench: DriverBench, run: Run): Promise<Token[]> {
  bench.tell(run);
  await bench.until(() => hasEnded(bench, run));
  return tokensOf(bench.heard, run);
}

const loadAll = async ({ bench, models: { adapters } }: Stage): Promise<void> => {
  for (const { digest } of adapters) {
    const evict = "" as AdapterDigest;
    bench.tell({ kind: "load-adapter", digest, bytes: 1, tier: "disk", evict });
  }
  await bench.until(
    () => bench.heard.filter(({ kind }) => kind === "adapter-loaded").length >= adapters.length,
  );
};

live("a stop inside a long prompt frees it between two steps", async (context) => {
  const { bench } = await stage(context, { size: "small" });
  const long = runOf({ tokens: 3_000, outputTokensMax: 50 });
  bench.tell(long);
  await bench.until(() => prefilledOf(bench, long) > 0);
  const askedAtMs = performance.now();
  bench.tell({ kind: "stop", sequence: long.sequence });
  await bench.until(() => isStopped(bench, long));
  // Steps are planned to take a fifth of a second; this machine may be busy.
  assert.ok(performance.now() - askedAtMs < 1_500, "the whole prompt was computed");
  assert.ok(prefilledOf(bench, long) < 3_000);
  assert.deepEqual(tokensOf(bench.heard, long), []);
  const next = runOf({ outputTokensMax: 5, ignoreEos: true });
  assert.equal((await textOf(bench, next)).length, 5);
});

live("others decode on beside a long prompt", async (context) => {
  const { bench } = await stage(context, { size: "small" });
  const other = runOf({ outputTokensMax: 200, ignoreEos: true, tenant: "bolt" as TenantId });
  bench.tell(other);
  await bench.until(() => tokensOf(bench.heard, other).length > 2);
  const long = runOf({ tokens: 3_000, outputTokensMax: 2, ignoreEos: true });
  const before = tokensOf(bench.heard, other).length;
  bench.tell(long);
  await bench.until(() => tokensOf(bench.heard, long).length > 0);
  assert.ok(tokensOf(bench.heard, other).length > before + 3);
  bench.tell({ kind: "stop", sequence: other.sequence });
  await bench.until(() => isStopped(bench, other));
});

live("a pause inside a prompt stands until the resume", async (context) => {
  const { bench } = await stage(context, { size: "small" });
  const run = runOf({ tokens: 2_000, outputTokensMax: 3, ignoreEos: true });
  bench.tell(run);
  await bench.until(() => prefilledOf(bench, run) > 0);
  bench.tell({ kind: "pause", sequence: run.sequence });
  await sleep(600);
  const before = prefilledOf(bench, run);
  await sleep(400);
  assert.equal(prefilledOf(bench, run), before);
  assert.ok(before < 2_000);
  bench.tell({ kind: "resume", sequence: run.sequence });
  await bench.until(() => hasEnded(bench, run));
  assert.equal(prefilledOf(bench, run), 2_000);
});

live("a seed gives its text again, another one another", async (context) => {
  const { bench } = await stage(context);
  const terms = { seed: "sampled", outputTokensMax: 40, ignoreEos: true };
  const sampled = (seed: number): Run => runOf({ ...terms, sampling: { seed, temperature: 1 } });
  const first = await textOf(bench, sampled(7));
  assert.deepEqual(await textOf(bench, sampled(7)), first);
  assert.notDeepEqual(await textOf(bench, sampled(8)), first);
});

live("a seeded text goes on behind a forced prefix as if it had never stopped", async (context) => {
  const { bench } = await stage(context);
  const sampling = { seed: 11, temperature: 1, topP: 0.9, presencePenalty: 1 };
  const terms = { seed: "sampled", outputTokensMax: 40, ignoreEos: true, sampling };
  const whole = await textOf(bench, runOf(terms));
  for (const length of [1, 16, 39]) {
    const forcedPrefix = whole.slice(0, length);
    assert.deepEqual(await textOf(bench, runOf({ ...terms, forcedPrefix })), whole.slice(length));
  }
});

live("penalties count the output alone, and keep it from repeating", async (context) => {
  const { bench } = await stage(context);
  const terms = { seed: "penalised", outputTokensMax: 200, ignoreEos: true };
  const plain = await textOf(bench, runOf({ ...terms, sampling: { temperature: 0 } }));
  const sampling = { temperature: 0, presencePenalty: 2, frequencyPenalty: 2 };
  const penalised = await textOf(bench, runOf({ ...terms, sampling }));
  assert.equal(penalised[0], plain[0]);
  assert.ok(new Set(penalised).size > new Set(plain).size);
});

live("an output is as long as it must be at least", async (context) => {
  const { bench } = await stage(context, { stops: true });
  const outputTokensMax = 500;
  let length = outputTokensMax;
  let seed = "";
  for (let tried = 0; length === outputTokensMax && tried < 20; tried++) {
    seed = `short ${tried}`;
    length = (await textOf(bench, runOf({ seed, outputTokensMax }))).length;
  }
  assert.ok(length < outputTokensMax - 20, "one stops by itself");
  const longer = runOf({ seed, outputTokensMax, outputTokensMin: length + 20 });
  assert.ok((await textOf(bench, longer)).length >= length + 20);
});

live("a token that the model has not is refused before it could harm anyone", async (context) => {
  const { bench } = await stage(context);
  const run = { ...known(runOf()), sequence: "f".repeat(32) + ".1" };
  const promptBytes = Uint8Array.from(Buffer.from(Uint32Array.from([400, 999_999]).buffer));
  bench.tellAsIs({ ...run, promptBytes, promptTokens: 2 });
  await bench.until(() => bench.heard.some(({ kind }) => kind === "engine-refused"));
  const reasons = bench.heard.flatMap((said) =>
    said.kind === "engine-refused" ? [said.reason] : [],
  );
  assert.deepEqual(reasons, ["malformed"]);
});

live(
  "adapters and the base model mixed: every greedy text is that of a run alone",
  async (context) => {
    const here = await stage(context, { stops: true, slots: 8 });
    const { bench, models } = here;
    await loadAll(here);
    const solo = await openSoloEngine(models);
    context.after(() => solo.close());
    const adapters = [baseModel, ...models.adapters.map(({ digest }) => digest)];
    const runs = Array.from({ length: 96 }, (_, index) =>
      runOf({
        seed: `mixed ${index % 7}`,
        tenant: ["acme", "bolt", "corner"][index % 3] as TenantId,
        namespace: `namespace-${index % 3}`,
        adapterDigest: adapters[index % 4] ?? baseModel,
        outputTokensMax: 30,
      }),
    );
    const left = [...runs];
    const stream = async (): Promise<void> => {
      for (let run = left.pop(); run !== undefined; run = left.pop()) {
        const current = run;
        bench.tell(current);
        while (!hasEnded(bench, current)) await sleep(1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, stream));
    for (const run of runs) {
      const { adapterDigest: adapter, outputTokensMax, ignoreEos } = run;
      const ids = promptIds(known(run)) ?? [];
      const legal = await solo.run({ ids, adapter, outputTokensMax, ignoreEos });
      assert.deepEqual(tokensOf(bench.heard, run), legal, run.sequence);
    }
  },
);

live("a killed process is a crash; the next goes on from what was delivered", async (context) => {
  const { bench, models } = await stage(context);
  const solo = await openSoloEngine(models);
  context.after(() => solo.close());
  const run = runOf({ outputTokensMax: 400, ignoreEos: true });
  bench.tell(run);
  await bench.until(() => tokensOf(bench.heard, run).length > 5);
  process.kill(bench.pid(), "SIGKILL");
  await bench.until(() => bench.heard.some(({ kind }) => kind === "engine-crashed"));
  const reasons = bench.heard.flatMap((said) =>
    said.kind === "engine-crashed" ? [said.reason] : [],
  );
  assert.match(reasons[0] ?? "", /SIGKILL/);
  await up(bench, 2);
  const forcedPrefix = tokensOf(bench.heard, run);
  const next = { ...run, sequence: `${run.sequence.slice(0, 32)}.2`, forcedPrefix };
  const ids = promptIds(known(run)) ?? [];
  const adapter = "" as AdapterDigest;
  const legal = await solo.run({ ids, adapter, outputTokensMax: 400, ignoreEos: true });
  assert.deepEqual([...forcedPrefix, ...(await textOf(bench, next))], legal);
});

live("one that hangs is ended by a reset, and another comes up", async (context) => {
  const { bench } = await stage(context);
  const run = runOf({ outputTokensMax: 3_000, ignoreEos: true });
  bench.tell(run);
  await bench.until(() => tokensOf(bench.heard, run).length > 5);
  const hung = bench.pid();
  process.kill(hung, "SIGSTOP");
  await sleep(5_500);
  bench.tell({ kind: "reset" });
  await up(bench, 2);
  assert.notEqual(bench.pid(), hung);
  assert.throws(() => process.kill(hung, 0), /ESRCH/);
  assert.equal((await textOf(bench, runOf({ outputTokensMax: 4, ignoreEos: true }))).length, 4);
});

live("an adapter for another model, or of another content, is not loaded", async (context) => {
  const other = mkdtempSync(join(tmpdir(), "fairlead-gguf-"));
  context.after(() => rmSync(other, { recursive: true }));
  const foreign = writeTinyModels(other, { size: "small", stops: false });
  const { bench, models } = await stage(context, {
    told: ({ model, adapters: [, changed] }) => {
      assert.ok(changed !== undefined);
      writeFileSync(changed.path, "changed");
      return { model, adapters: [...foreign.adapters.slice(0, 1), changed] };
    },
  });
  for (const { digest } of models.adapters) {
    const evict = "" as AdapterDigest;
    bench.tell({ kind: "load-adapter", digest, bytes: 1, tier: "disk", evict });
  }
  const failures = (): readonly string[] =>
    bench.heard.flatMap((said) => (said.kind === "adapter-failed" ? [said.reason] : []));
  await bench.until(() => failures().length === 2);
  assert.ok(failures().some((reason) => reason.includes("failed to apply lora adapter")));
  assert.ok(failures().some((reason) => reason.includes("another content")));
  assert.equal((await textOf(bench, runOf({ outputTokensMax: 4, ignoreEos: true }))).length, 4);
});

const architecture = "general.architecture";

for (const [fault, spoil, expected] of [
  ["is cut short", (file: string) => truncateSync(file, 400_000), /corrupted or incomplete/],
  [
    "has an architecture that llama.cpp does not know",
    (file: string) => {
      const text = readFileSync(file, "latin1").replaceAll("llama.", "lmaaa.");
      const at = text.indexOf("llama", text.indexOf(architecture));
      const spoiled = `${text.slice(0, at)}lmaaa${text.slice(at + 5)}`;
      writeFileSync(file, spoiled, "latin1");
    },
    /unknown model architecture: 'lmaaa'/,
  ],
  ["is not there", (file: string) => rmSync(file), /cannot be opened/],
] as const) {
  live(`a model that ${fault} is named with what is wrong`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-gguf-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const models = writeTinyModels(folder, { size: "tiny", stops: true });
    spoil(models.model);
    const bench = openEmbeddedBench({ models, sequencesMax: 1, kvBlocks: slotBlocks });
    context.after(() => bench.close());
    await assert.rejects(bench.opened, expected);
    // Whoever waits says it; it is noted for the others if it stays so.
    const noted = (): boolean => bench.notes.some(({ event }) => event === "engine.not-up");
    assert.equal(noted(), false);
    for (let looks = 0; looks < 200 && !noted(); looks++) await sleep(50);
    assert.ok(noted());
  });
}
