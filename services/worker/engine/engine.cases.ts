// The contract of an engine, driven through messages alone: what any driver must pass, whatever computes behind it.
// Text is compared with what the engine's traits call legal: the oracle's, or that of a run alone on the same engine.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

export interface EngineLimits {
  readonly sequencesMax: number;
  readonly kvBlocks: number;
  readonly adapterSlots: number;
}

/** An engine of that size, booted by the case, and all that it said so far. */
export interface EngineBench {
  tell(message: ToEngine): void;
  readonly heard: readonly ToWorker[];
  /** Resolves when it holds; rejects when the engine falls silent first. */
  until(isReached: () => boolean): Promise<void>;
  close(): void;
}

export type OpenBench = (limits: EngineLimits) => EngineBench;

/** What differs from engine to engine. */
export interface EngineTraits {
  /** What this run puts out, forced prefix left out. */
  readonly legalOutput: (run: Run) => Token[] | Promise<Token[]>;
  /** Of a prompt that is there already in whole: so many of its tokens are not computed again. */
  readonly cachedOf: (promptTokens: number) => number;
  /** As long as it takes some steps to compute. */
  readonly longPromptTokens: number;
  /** Three that it has weights of, each with words of its own. */
  readonly adapters: () => readonly AdapterDigest[];
  /** Cases that it cannot be held to, by name, each with the reason. */
  readonly exempt: Readonly<Record<string, string>>;
}

export const simulatedTraits: EngineTraits = {
  legalOutput,
  // Whole blocks of 16, the last one never.
  cachedOf: (promptTokens) => Math.floor((promptTokens - 1) / 16) * 16,
  longPromptTokens: 8000,
  adapters: () => ["a", "b", "d"].map((letter) => letter.repeat(64) as AdapterDigest),
  exempt: {},
};

export const roomy: EngineLimits = { sequencesMax: 8, kvBlocks: 1000, adapterSlots: 2 };

let made = 0;

/** A run of `promptTokens` tokens, all equal to `seed`'s text: equal seeds are equal prompts. */
export function runOf(overrides: Partial<Run> & { seed?: string; tokens?: number } = {}): Run {
  const { seed = `prompt ${made}`, tokens = 40, ...fields } = overrides;
  made++;
  const prompt = seed.padEnd(tokens * 4, seed).slice(0, tokens * 4);
  const promptBytes = new TextEncoder().encode(prompt);
  return {
    kind: "run",
    sequence: `${made.toString(16).padStart(32, "0")}.1`,
    tenant: "acme" as TenantId,
    namespace: "namespace-acme",
    adapterDigest: "" as AdapterDigest,
    promptBytes,
    promptDigest: createHash("sha256").update(promptBytes).digest("hex"),
    promptTokens: Math.ceil(promptBytes.length / 4),
    forcedPrefix: [],
    outputTokensMax: 400,
    outputTokensMin: 0,
    ignoreEos: false,
    sampling: {},
    ...fields,
  };
}

/** What the oracle says this run puts out, forced prefix left out. */
export function legalOutput(run: Run): Token[] {
  const oracle = oracleFor(run);
  const { outputTokens } = oracleLength(run.promptDigest, run);
  const tokens: Token[] = [];
  for (let index = run.forcedPrefix.length; index < outputTokens; index++) {
    tokens.push(oracleToken(oracle, index));
  }
  return tokens;
}

const outputsOf = (heard: readonly ToWorker[], sequence: string): StepOutput[] =>
  heard.flatMap((message) =>
    message.kind === "step" ? message.outputs.filter((output) => output.sequence === sequence) : [],
  );

export const tokensOf = (heard: readonly ToWorker[], { sequence }: Run): Token[] =>
  outputsOf(heard, sequence).flatMap((output) => output.tokens);

export const endOf = (heard: readonly ToWorker[], { sequence }: Run): StepOutput | undefined =>
  outputsOf(heard, sequence).find((output) => output.end !== undefined);

export const stoppedTotals = (
  heard: readonly ToWorker[],
  { sequence }: Run,
): ExecutedTotals | undefined => {
  const found = heard.find(
    (message) => message.kind === "sequence-stopped" && message.sequence === sequence,
  );
  return found?.kind === "sequence-stopped" ? found.totals : undefined;
};

export const has = (heard: readonly ToWorker[], kind: ToWorker["kind"]): boolean =>
  heard.some((message) => message.kind === kind);

export const lastUsage = (
  heard: readonly ToWorker[],
): { usedBlocks: number; freeBlocks: number } => {
  const steps = heard.filter((message) => message.kind === "step");
  const last = steps[steps.length - 1];
  return { usedBlocks: last?.usedBlocks ?? 0, freeBlocks: last?.freeBlocks ?? 0 };
};

export async function loadAdapter(
  bench: EngineBench,
  digest: AdapterDigest,
  evict = "",
): Promise<void> {
  const bytes = 84e6;
  const load = { kind: "load-adapter", digest, bytes, tier: "host" } as const;
  bench.tell({ ...load, evict: evict as AdapterDigest });
  await bench.until(() =>
    bench.heard.some((message) => message.kind === "adapter-loaded" && message.digest === digest),
  );
}

export const refusalOf = (heard: readonly ToWorker[], { sequence }: Run): string | undefined => {
  const found = heard.find(
    (message) => message.kind === "engine-refused" && message.sequence === sequence,
  );
  return found?.kind === "engine-refused" ? found.reason : undefined;
};

/** Every case once, against the engine that `open` makes. */
export function engineCases(
  name: string,
  open: OpenBench,
  {
    legalOutput: legal,
    cachedOf,
    longPromptTokens,
    adapters,
    exempt,
  }: EngineTraits = simulatedTraits,
): void {
  const check = (
    behaviour: string,
    limits: Partial<EngineLimits>,
    body: (bench: EngineBench) => Promise<void>,
  ): void => {
    const skip = exempt[behaviour] ?? false;
    test(`${name}: ${behaviour}`, { skip }, async () => {
      const bench = open({ ...roomy, ...limits });
      bench.tell({ kind: "boot" });
      await bench.until(() => has(bench.heard, "engine-up"));
      await body(bench);
      bench.close();
    });
  };

  check("a booted engine says how large it is", {}, async ({ heard }) => {
    const up = heard.find((message) => message.kind === "engine-up");
    assert.equal(up?.sequencesMax, roomy.sequencesMax);
    assert.equal(up?.totalBlocks, roomy.kvBlocks);
    assert.equal(up?.adapterSlots, roomy.adapterSlots);
  });

  check("a sequence streams its legal output and then ends", {}, async (bench) => {
    const run = runOf();
    bench.tell(run);
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, run), await legal(run));
    const isShorter = tokensOf(bench.heard, run).length < run.outputTokensMax;
    assert.equal(endOf(bench.heard, run)?.end, isShorter ? "stop" : "length");
    assert.equal(endOf(bench.heard, run)?.blocks, 0);
  });

  check("output tokens max ends a sequence with length", {}, async (bench) => {
    const run = runOf({ outputTokensMax: 5, ignoreEos: true });
    bench.tell(run);
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    assert.equal(tokensOf(bench.heard, run).length, 5);
    assert.equal(endOf(bench.heard, run)?.end, "length");
  });

  check("seeds and temperatures change nothing", {}, async (bench) => {
    const plain = runOf({ seed: "same" });
    const seeded = runOf({ seed: "same", sampling: { seed: 7, temperature: 2 } });
    bench.tell(plain);
    bench.tell(seeded);
    await bench.until(() => endOf(bench.heard, seeded) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, seeded), tokensOf(bench.heard, plain));
  });

  check("a forced prefix continues the same stream", {}, async (bench) => {
    const first = runOf({ outputTokensMax: 30, ignoreEos: true });
    const whole = await legal(first);
    const next: Run = { ...first, sequence: `${first.sequence.slice(0, 32)}.2` };
    const run: Run = { ...next, forcedPrefix: whole.slice(0, 11) };
    bench.tell(run);
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, run), whole.slice(11));
    assert.equal(endOf(bench.heard, run)?.totals.outputTokens, 19);
  });

  check("a forced prefix that is the whole output ends at once", {}, async (bench) => {
    const whole = runOf({ outputTokensMax: 9, ignoreEos: true });
    const run: Run = { ...whole, forcedPrefix: await legal(whole) };
    bench.tell(run);
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, run), []);
    assert.equal(endOf(bench.heard, run)?.end, "length");
  });

  check("totals count what ran", {}, async (bench) => {
    const run = runOf({ tokens: 100, outputTokensMax: 20, ignoreEos: true });
    bench.tell(run);
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    const totals = endOf(bench.heard, run)?.totals;
    assert.equal(totals?.prefillTokens, 100);
    assert.equal(totals?.cachedTokens, 0);
    assert.equal(totals?.outputTokens, 20);
    for (const figure of ["kvBlockMs", "gpuUs", "prefillMs", "decodeMs"] as const) {
      assert.ok((totals?.[figure] ?? 0) > 0 && Number.isInteger(totals?.[figure]), figure);
    }
  });

  check("the same run twice runs once", {}, async (bench) => {
    const run = runOf();
    bench.tell(run);
    bench.tell(run);
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, run), await legal(run));
  });

  check("a stop frees at the next step, and only that sequence", {}, async (bench) => {
    const doomed = runOf({ outputTokensMax: 300, ignoreEos: true });
    const neighbour = runOf({ outputTokensMax: 60, ignoreEos: true });
    bench.tell(doomed);
    bench.tell(neighbour);
    await bench.until(() => tokensOf(bench.heard, doomed).length > 10);
    const before = tokensOf(bench.heard, doomed).length;
    bench.tell({ kind: "stop", sequence: doomed.sequence });
    await bench.until(() => stoppedTotals(bench.heard, doomed) !== undefined);
    const after = tokensOf(bench.heard, doomed).length;
    assert.ok(after <= before + 1, "one step at most runs on");
    assert.equal(stoppedTotals(bench.heard, doomed)?.outputTokens, after);
    await bench.until(() => endOf(bench.heard, neighbour) !== undefined);
    assert.equal(tokensOf(bench.heard, doomed).length, after);
    assert.deepEqual(tokensOf(bench.heard, neighbour), await legal(neighbour));
    assert.equal(lastUsage(bench.heard).usedBlocks, 0);
  });

  check("a stop during prefill frees without a token", {}, async (bench) => {
    const run = runOf({ tokens: longPromptTokens });
    bench.tell(run);
    bench.tell({ kind: "stop", sequence: run.sequence });
    await bench.until(() => stoppedTotals(bench.heard, run) !== undefined);
    assert.equal(endOf(bench.heard, run), undefined);
    assert.equal(lastUsage(bench.heard).usedBlocks, 0);
  });

  check("a stop of nothing is answered", {}, async (bench) => {
    const run = runOf();
    bench.tell({ kind: "stop", sequence: run.sequence });
    await bench.until(() => stoppedTotals(bench.heard, run) !== undefined);
    assert.equal(stoppedTotals(bench.heard, run)?.outputTokens, 0);
  });

  check("one more sequence than there are slots is refused", { sequencesMax: 2 }, async (bench) => {
    const runs = [runOf(), runOf(), runOf()] as const;
    for (const run of runs) bench.tell(run);
    await bench.until(() => refusalOf(bench.heard, runs[2]) !== undefined);
    assert.equal(refusalOf(bench.heard, runs[2]), "no-slot");
    await bench.until(() => endOf(bench.heard, runs[1]) !== undefined);
  });

  check("a stopping sequence leaves its slot to the next", { sequencesMax: 1 }, async (bench) => {
    const first = runOf({ outputTokensMax: 300, ignoreEos: true });
    const second = runOf();
    bench.tell(first);
    await bench.until(() => tokensOf(bench.heard, first).length > 0);
    bench.tell({ kind: "stop", sequence: first.sequence });
    bench.tell(second);
    await bench.until(() => endOf(bench.heard, second) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, second), await legal(second));
  });

  check("what can never fit is refused as too long", { kvBlocks: 10 }, async (bench) => {
    const run = runOf({ tokens: 100, outputTokensMax: 61 });
    bench.tell(run);
    await bench.until(() => refusalOf(bench.heard, run) !== undefined);
    assert.equal(refusalOf(bench.heard, run), "too-long");
  });

  const malformed: readonly [string, Partial<Run>][] = [
    ["no prompt", { promptBytes: new Uint8Array(0), promptTokens: 0 }],
    ["a prompt count that is not the prompt's", { promptTokens: 3 }],
    ["a maximum of no tokens", { outputTokensMax: 0 }],
    ["a maximum that is not a number", { outputTokensMax: Number.NaN }],
    ["more forced than allowed", { outputTokensMax: 1, forcedPrefix: [1, 2] }],
  ];
  for (const [fault, fields] of malformed) {
    check(`a run with ${fault} is refused`, {}, async (bench) => {
      const run = runOf(fields);
      bench.tell(run);
      await bench.until(() => refusalOf(bench.heard, run) !== undefined);
      assert.equal(refusalOf(bench.heard, run), "malformed");
    });
  }

  check("an adapter must be resident, and has its own output", {}, async (bench) => {
    const [adapterA = baseModel] = adapters();
    const early = runOf({ seed: "with an adapter", adapterDigest: adapterA });
    bench.tell(early);
    await bench.until(() => refusalOf(bench.heard, early) !== undefined);
    assert.equal(refusalOf(bench.heard, early), "adapter-missing");
    await loadAdapter(bench, adapterA);
    const adapted = runOf({ seed: "with an adapter", adapterDigest: adapterA });
    const base = runOf({ seed: "with an adapter" });
    bench.tell(adapted);
    bench.tell(base);
    await bench.until(() => endOf(bench.heard, adapted) !== undefined);
    await bench.until(() => endOf(bench.heard, base) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, adapted), await legal(adapted));
    assert.deepEqual(tokensOf(bench.heard, base), await legal(base));
    assert.notDeepEqual(tokensOf(bench.heard, adapted), tokensOf(bench.heard, base));
  });

  check(
    "a full engine loads an adapter only by evicting one",
    { adapterSlots: 1 },
    async (bench) => {
      const [adapterA = baseModel, adapterB = baseModel] = adapters();
      await loadAdapter(bench, adapterA);
      const loadB = { kind: "load-adapter", digest: adapterB, bytes: 1, tier: "host" } as const;
      bench.tell({ ...loadB, evict: "" });
      await bench.until(() => has(bench.heard, "adapter-failed"));
      await loadAdapter(bench, adapterB, adapterA);
      const loaded = bench.heard.filter((message) => message.kind === "adapter-loaded");
      assert.deepEqual(loaded[loaded.length - 1]?.residents, [adapterB]);
      const run = runOf({ adapterDigest: adapterA });
      bench.tell(run);
      await bench.until(() => refusalOf(bench.heard, run) !== undefined);
    },
  );

  check("an adapter in use is not evicted", { adapterSlots: 1 }, async (bench) => {
    const [adapterA = baseModel, adapterB = baseModel] = adapters();
    await loadAdapter(bench, adapterA);
    const run = runOf({ adapterDigest: adapterA, outputTokensMax: 100, ignoreEos: true });
    bench.tell(run);
    const loadB = { kind: "load-adapter", digest: adapterB, bytes: 1, tier: "host" } as const;
    bench.tell({ ...loadB, evict: adapterA });
    await bench.until(() => has(bench.heard, "adapter-failed"));
    await bench.until(() => endOf(bench.heard, run) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, run), await legal(run));
  });

  check("a prefix is reused inside a namespace, never from another", {}, async (bench) => {
    const run = (namespace: string): Run => runOf({ seed: "one prompt", tokens: 100, namespace });
    const cachedIn = async (namespace: string): Promise<number | undefined> => {
      const next = run(namespace);
      bench.tell(next);
      await bench.until(() => endOf(bench.heard, next) !== undefined);
      return endOf(bench.heard, next)?.totals.cachedTokens;
    };
    assert.equal(await cachedIn("namespace-a"), 0);
    assert.equal(await cachedIn("namespace-b"), 0);
    assert.equal(await cachedIn("namespace-a"), cachedOf(100));
    assert.equal(await cachedIn("namespace-b"), cachedOf(100));
  });

  check("a wholly cached prompt still computes its last block", {}, async (bench) => {
    for (const expected of [0, cachedOf(96)]) {
      const run = runOf({ seed: "six blocks exactly", tokens: 96, outputTokensMax: 2 });
      bench.tell(run);
      await bench.until(() => endOf(bench.heard, run) !== undefined);
      assert.equal(endOf(bench.heard, run)?.totals.cachedTokens, expected);
      assert.equal(endOf(bench.heard, run)?.totals.prefillTokens, 96 - expected);
    }
  });

  check(
    "memory that runs out preempts the latest of equals, and no token changes",
    { kvBlocks: 24 },
    async (bench) => {
      const runs = [0, 1, 2].map(() =>
        runOf({ tokens: 64, outputTokensMax: 150, ignoreEos: true }),
      );
      for (const run of runs) bench.tell(run);
      await bench.until(() => runs.every((run) => endOf(bench.heard, run) !== undefined));
      for (const run of runs) assert.deepEqual(tokensOf(bench.heard, run), await legal(run));
      const preempted = bench.heard.filter((message) => message.kind === "sequence-preempted");
      const resumed = bench.heard.filter((message) => message.kind === "sequence-resumed");
      assert.ok(preempted.length > 0);
      assert.equal(resumed.length, preempted.length);
      assert.ok(preempted.every(({ sequence }) => sequence !== runs[0]?.sequence));
      assert.equal(lastUsage(bench.heard).usedBlocks, 0);
      assert.equal(lastUsage(bench.heard).freeBlocks, 24);
    },
  );

  check("a paused sequence keeps its blocks and says nothing until resumed", {}, async (bench) => {
    const paused = runOf({ outputTokensMax: 40, ignoreEos: true });
    const other = runOf({ outputTokensMax: 40, ignoreEos: true });
    bench.tell(paused);
    bench.tell(other);
    await bench.until(() => tokensOf(bench.heard, paused).length >= 10);
    const before = tokensOf(bench.heard, paused).length;
    bench.tell({ kind: "pause", sequence: paused.sequence });
    await bench.until(() => endOf(bench.heard, other) !== undefined);
    assert.ok(tokensOf(bench.heard, paused).length <= before + 1, "one step at most runs on");
    assert.ok(lastUsage(bench.heard).usedBlocks > 0);
    bench.tell({ kind: "resume", sequence: paused.sequence });
    await bench.until(() => endOf(bench.heard, paused) !== undefined);
    assert.deepEqual(tokensOf(bench.heard, paused), await legal(paused));
  });

  check("a reset forgets everything", {}, async (bench) => {
    const run = runOf({ tokens: 100, seed: "kept by nobody" });
    bench.tell(run);
    await bench.until(() => tokensOf(bench.heard, run).length > 3);
    const before = tokensOf(bench.heard, run).length;
    bench.tell({ kind: "reset" });
    await bench.until(() => bench.heard.filter(({ kind }) => kind === "engine-up").length === 2);
    const again = runOf({ tokens: 100, seed: "kept by nobody" });
    bench.tell(again);
    await bench.until(() => endOf(bench.heard, again) !== undefined);
    assert.equal(endOf(bench.heard, again)?.totals.cachedTokens, 0);
    assert.equal(tokensOf(bench.heard, run).length, before);
  });
}
