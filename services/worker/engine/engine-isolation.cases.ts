// Isolation at the engine's port, whatever computes behind it. Laws: a sequence is computed with the weights of its digest
// from its first token to its last, whatever is loaded meanwhile; it goes on from nothing that another namespace left, in
// slots and blocks that were released; a reset lets nothing through. Each adapter is a canary: its words are those of no
// other weights, so every text is compared with that of a run alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "#shared/messages/to-engine.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import {
  endOf,
  has,
  loadAdapter,
  refusalOf,
  roomy,
  runOf,
  simulatedTraits,
  stoppedTotals,
  tokensOf,
} from "./engine.cases.ts";
import type { EngineBench, EngineLimits, EngineTraits, OpenBench } from "./engine.cases.ts";
import { isolationFaults } from "./engine-isolation-faults.cases.ts";

export interface IsolationTraits extends EngineTraits {
  /** The file of one adapter gets the content of another; what it returns gives it back its own. Absent: the driver cannot see it. */
  readonly replaceFile?: (digest: AdapterDigest, by: AdapterDigest) => () => void;
}

interface IsolationCase {
  readonly behaviour: string;
  readonly limits: Partial<EngineLimits>;
  readonly body: (bench: EngineBench, traits: IsolationTraits) => Promise<void>;
}

const tenants = ["acme", "bolt", "corner"].map((name) => name as TenantId);
const namespaceOf = (tenant: TenantId, digest: AdapterDigest): string => `${tenant}/${digest}`;

type Overrides = Parameters<typeof runOf>[0];

/** As the platform has it: another namespace for each tenant and each adapter. */
function runBy(tenant: TenantId, adapterDigest: AdapterDigest, overrides: Overrides = {}): Run {
  const namespace = namespaceOf(tenant, adapterDigest);
  return runOf({ ...overrides, tenant, adapterDigest, namespace });
}

const isOver = ({ heard }: EngineBench, run: Run): boolean =>
  endOf(heard, run) !== undefined || refusalOf(heard, run) !== undefined;

async function textOf(bench: EngineBench, run: Run): Promise<readonly Token[]> {
  bench.tell(run);
  await bench.until(() => isOver(bench, run));
  assert.equal(refusalOf(bench.heard, run), undefined);
  return tokensOf(bench.heard, run);
}

const cachedIn = ({ heard }: EngineBench, run: Run): number =>
  endOf(heard, run)?.totals.cachedTokens ?? Infinity;

/** It has its own text, and found no more of its prompt than its namespace can have left there. */
async function isItsOwn(
  bench: EngineBench,
  { legalOutput }: EngineTraits,
  { run, cachedMax }: { readonly run: Run; readonly cachedMax: number },
): Promise<void> {
  const { tenant, adapterDigest } = run;
  assert.deepEqual(await textOf(bench, run), await legalOutput(run), `${tenant} ${adapterDigest}`);
  const cached = cachedIn(bench, run);
  assert.ok(cached <= cachedMax, `${tenant} found ${cached} tokens, of its own ${cachedMax}`);
}

/** The answer to this very load. */
async function answerTo(
  bench: EngineBench,
  digest: AdapterDigest,
  evict: AdapterDigest,
): Promise<"adapter-loaded" | "adapter-failed"> {
  const from = bench.heard.length;
  const answer = () =>
    bench.heard
      .slice(from)
      .find(
        (said) =>
          (said.kind === "adapter-loaded" || said.kind === "adapter-failed") &&
          said.digest === digest,
      );
  bench.tell({ kind: "load-adapter", digest, bytes: 84e6, tier: "host", evict });
  await bench.until(() => answer() !== undefined);
  return answer()?.kind === "adapter-loaded" ? "adapter-loaded" : "adapter-failed";
}

function adaptersOf({ adapters }: EngineTraits): [AdapterDigest, AdapterDigest, AdapterDigest] {
  const [a = baseModel, b = baseModel, c = baseModel] = adapters();
  return [a, b, c];
}

const some = { tokens: 60, outputTokensMax: 30, ignoreEos: true };
const long = { ...some, outputTokensMax: 1_200 };

/** In flight, while other things happen. */
async function begun(bench: EngineBench, run: Run): Promise<void> {
  bench.tell(run);
  await bench.until(() => tokensOf(bench.heard, run).length > 2);
}

const replaced = "weights that were replaced under their digest are not loaded, and run for nobody";

/** Where no file is seen from here. */
export const withoutFiles = (why: string): Pick<EngineTraits, "exempt"> => ({
  exempt: { [replaced]: why },
});

const simulatedIsolation: IsolationTraits = {
  ...simulatedTraits,
  ...withoutFiles("its weights are no file's: the digest alone chooses its words"),
};

const isolationCases: readonly IsolationCase[] = [
  {
    behaviour: "the same words of three tenants, with every adapter and none: each its own text",
    limits: { adapterSlots: 3 },
    async body(bench, traits) {
      const adapters = adaptersOf(traits);
      for (const digest of adapters) await loadAdapter(bench, digest);
      const [a, b, c] = adapters;
      const texts = new Set<string>();
      for (const pair of [
        [baseModel, a],
        [b, c],
        [a, c],
      ]) {
        const runs = pair.flatMap((digest) =>
          tenants.map((tenant) => runBy(tenant, digest, { ...some, seed: "whose weights" })),
        );
        for (const run of runs) bench.tell(run);
        await bench.until(() => runs.every((run) => isOver(bench, run)));
        for (const run of runs) {
          const legal = await traits.legalOutput(run);
          assert.deepEqual(tokensOf(bench.heard, run), legal);
          if (run.tenant === tenants[0]) texts.add(String(legal));
        }
      }
      assert.equal(texts.size, 4, "the canaries have words of their own");
    },
  },
  {
    behaviour: "adapters come and go beside a request in flight, and its weights stay",
    limits: { adapterSlots: 2, sequencesMax: 4 },
    async body(bench, traits) {
      const [a, b, c] = adaptersOf(traits);
      await loadAdapter(bench, a);
      await loadAdapter(bench, b);
      const pinned = runBy("acme" as TenantId, a, { ...long, seed: "pinned" });
      await begun(bench, pinned);
      let exchanges = 0;
      for (const [coming, going] of [
        [c, b],
        [b, c],
        [c, b],
      ] as const) {
        if (endOf(bench.heard, pinned) !== undefined) break;
        assert.equal(await answerTo(bench, coming, a), "adapter-failed", "it is in use");
        assert.equal(await answerTo(bench, coming, going), "adapter-loaded");
        const canary = runBy("bolt" as TenantId, coming, { ...some, outputTokensMax: 8 });
        await isItsOwn(bench, traits, { run: canary, cachedMax: Infinity });
        exchanges++;
      }
      assert.ok(exchanges > 0, "the case was met");
      await bench.until(() => endOf(bench.heard, pinned) !== undefined);
      assert.deepEqual(tokensOf(bench.heard, pinned), await traits.legalOutput(pinned));
    },
  },
  {
    behaviour:
      "while an adapter leaves its slot to another, a request for either is its own or none",
    limits: { adapterSlots: 1, sequencesMax: 4 },
    async body(bench, traits) {
      const [a, b] = adaptersOf(traits);
      await loadAdapter(bench, a);
      let refused = 0;
      for (const [coming, going] of [
        [b, a],
        [a, b],
        [b, a],
        [a, b],
      ] as const) {
        const before = runBy("acme" as TenantId, going, some);
        bench.tell(before);
        const load = { kind: "load-adapter", digest: coming, bytes: 1, tier: "host" } as const;
        bench.tell({ ...load, evict: going });
        await bench.until(() => isOver(bench, before));
        assert.deepEqual(tokensOf(bench.heard, before), await traits.legalOutput(before));
        bench.tell({ ...load, evict: going });
        const runs = [going, coming].map((digest) => runBy("bolt" as TenantId, digest, some));
        for (const run of runs) bench.tell(run);
        await bench.until(() => runs.every((run) => isOver(bench, run)));
        for (const run of runs) {
          const reason = refusalOf(bench.heard, run);
          if (reason !== undefined) assert.equal(reason, "adapter-missing");
          else assert.deepEqual(tokensOf(bench.heard, run), await traits.legalOutput(run));
          refused += reason === undefined ? 0 : 1;
        }
        await answerTo(bench, coming, going);
      }
      assert.ok(refused > 0, "the case was met");
    },
  },
  {
    behaviour: "a slot that one tenant leaves is empty for the next, whatever that one left in it",
    limits: { sequencesMax: 1 },
    async body(bench, traits) {
      const [acme = "" as TenantId, bolt = acme, corner = acme] = tenants;
      const asked = { ...some, seed: "asked by all of them", tokens: 100 };
      const first = runBy(acme, baseModel, asked);
      await isItsOwn(bench, traits, { run: first, cachedMax: 0 });
      await isItsOwn(bench, traits, { run: runBy(bolt, baseModel, asked), cachedMax: 0 });
      // What another was answered is no prefix either.
      const said = tokensOf(bench.heard, first).slice(0, 20);
      const onward = runBy(corner, baseModel, { ...asked, forcedPrefix: said });
      await isItsOwn(bench, traits, { run: onward, cachedMax: 0 });
      const own = { run: runBy(acme, baseModel, asked), cachedMax: 99 };
      await isItsOwn(bench, traits, own);
    },
  },
  {
    behaviour:
      "a slot whose sequence was stopped, in its prompt or in its output, is empty for another",
    limits: { sequencesMax: 1 },
    async body(bench, traits) {
      const [acme = "" as TenantId, bolt = acme, corner = acme] = tenants;
      const asked = { ...long, seed: "broken off", tokens: 100 };
      const speaking = runBy(acme, baseModel, asked);
      await begun(bench, speaking);
      bench.tell({ kind: "stop", sequence: speaking.sequence });
      await bench.until(() => stoppedTotals(bench.heard, speaking) !== undefined);
      const short = { ...asked, outputTokensMax: 20 };
      await isItsOwn(bench, traits, { run: runBy(bolt, baseModel, short), cachedMax: 0 });
      const read = { ...short, seed: "read half", tokens: traits.longPromptTokens };
      const reading = runBy(bolt, baseModel, read);
      bench.tell(reading);
      bench.tell({ kind: "stop", sequence: reading.sequence });
      await bench.until(() => stoppedTotals(bench.heard, reading) !== undefined);
      await isItsOwn(bench, traits, { run: runBy(corner, baseModel, read), cachedMax: 0 });
    },
  },
  {
    behaviour: "blocks that go round among three tenants bring nobody another's words",
    limits: { sequencesMax: 2, kvBlocks: 24 },
    async body(bench, traits) {
      const asked = { ...some, seed: "goes round", tokens: 64, outputTokensMax: 60 };
      const had = new Set<TenantId>();
      for (let turn = 0; turn < 12; turn++) {
        const tenant = tenants[(turn * turn) % 3] ?? ("" as TenantId);
        const other = tenants[(turn * turn + 1) % 3] ?? tenant;
        const beside = runBy(other, baseModel, { ...asked, seed: `${turn}`.padStart(4, "0") });
        bench.tell(beside);
        const cachedMax = had.has(tenant) ? 63 : 0;
        had.add(tenant);
        await isItsOwn(bench, traits, { run: runBy(tenant, baseModel, asked), cachedMax });
        await bench.until(() => isOver(bench, beside));
        assert.deepEqual(tokensOf(bench.heard, beside), await traits.legalOutput(beside));
        assert.equal(cachedIn(bench, beside), 0);
      }
    },
  },
  {
    behaviour:
      "the same prompt of two tenants at the same moment is computed twice, in blocks of its own",
    limits: { sequencesMax: 2 },
    async body(bench, traits) {
      const runs = tenants
        .slice(0, 2)
        .map((tenant) => runBy(tenant, baseModel, { ...some, seed: "at once", tokens: 96 }));
      for (const run of runs) bench.tell(run);
      await bench.until(() => runs.every((run) => isOver(bench, run)));
      for (const run of runs) {
        const totals = endOf(bench.heard, run)?.totals;
        assert.deepEqual([totals?.cachedTokens, totals?.prefillTokens], [0, 96]);
        assert.deepEqual(tokensOf(bench.heard, run), await traits.legalOutput(run));
      }
      const mostBlocks = Math.max(
        ...bench.heard.map((said) => (said.kind === "step" ? said.usedBlocks : 0)),
      );
      // Six blocks of each prompt at least, none of them counted for both.
      assert.ok(mostBlocks >= 12, `${mostBlocks} blocks for two prompts`);
    },
  },
  {
    behaviour: "no namespace and digest run together into another's",
    limits: { adapterSlots: 1 },
    async body(bench, traits) {
      const [a] = adaptersOf(traits);
      await loadAdapter(bench, a);
      const asked = { ...some, seed: "framed", tokens: 100 };
      const runs = [
        runOf({ ...asked, namespace: "namespace", adapterDigest: a }),
        runOf({ ...asked, namespace: `namespace${a}` }),
      ];
      for (const run of runs) await isItsOwn(bench, traits, { run, cachedMax: 0 });
    },
  },
  {
    behaviour: "a reset lets neither an adapter nor a prefix nor a sequence through",
    limits: { adapterSlots: 1 },
    async body(bench, traits) {
      const [a] = adaptersOf(traits);
      await loadAdapter(bench, a);
      const asked = { ...some, seed: "before and after", tokens: 100 };
      const acme = "acme" as TenantId;
      await isItsOwn(bench, traits, { run: runBy(acme, a, asked), cachedMax: 0 });
      const lost = runBy(acme, a, long);
      await begun(bench, lost);
      const before = bench.heard.length;
      bench.tell({ kind: "reset" });
      await bench.until(() => bench.heard.filter(({ kind }) => kind === "engine-up").length === 2);
      const early = runBy(acme, a, asked);
      bench.tell(early);
      await bench.until(() => isOver(bench, early));
      assert.equal(refusalOf(bench.heard, early), "adapter-missing");
      await answerTo(bench, a, baseModel);
      await isItsOwn(bench, traits, { run: runBy(acme, a, asked), cachedMax: 0 });
      assert.deepEqual(
        tokensOf(bench.heard.slice(before), lost),
        [],
        "nothing of its life is told",
      );
    },
  },
  {
    behaviour: replaced,
    limits: { adapterSlots: 1, sequencesMax: 4 },
    async body(bench, traits) {
      const [a, b] = adaptersOf(traits);
      assert.ok(traits.replaceFile !== undefined);
      await loadAdapter(bench, a);
      const pinned = runBy("acme" as TenantId, a, { ...long, seed: "pinned" });
      await begun(bench, pinned);
      const restore = traits.replaceFile(a, b);
      try {
        assert.equal(await answerTo(bench, b, a), "adapter-failed", "it is in use");
        await bench.until(() => endOf(bench.heard, pinned) !== undefined);
        assert.deepEqual(tokensOf(bench.heard, pinned), await traits.legalOutput(pinned));
        assert.equal(await answerTo(bench, b, a), "adapter-loaded");
        assert.equal(await answerTo(bench, a, b), "adapter-failed", "it is not what it was");
        const run = runBy("acme" as TenantId, a, some);
        bench.tell(run);
        await bench.until(() => isOver(bench, run));
        assert.equal(refusalOf(bench.heard, run), "adapter-missing");
      } finally {
        restore();
      }
      assert.equal(await answerTo(bench, a, b), "adapter-loaded");
      await isItsOwn(bench, traits, {
        run: runBy("acme" as TenantId, a, some),
        cachedMax: Infinity,
      });
    },
  },
];

async function booted(
  open: OpenBench,
  limits: Partial<EngineLimits>,
  plant = (bench: EngineBench): EngineBench => bench,
): Promise<EngineBench> {
  const bench = plant(open({ ...roomy, ...limits }));
  bench.tell({ kind: "boot" });
  await bench.until(() => has(bench.heard, "engine-up"));
  return bench;
}

/** Every case once, against the engine that `open` makes; and that each fault, planted before it, is seen. */
export function engineIsolationCases(
  name: string,
  open: OpenBench,
  traits: IsolationTraits = simulatedIsolation,
): void {
  for (const { behaviour, limits, body } of isolationCases) {
    const skip = traits.exempt[behaviour] ?? false;
    test(`${name}: ${behaviour}`, { skip }, async () => {
      const bench = await booted(open, limits);
      try {
        await body(bench, traits);
      } finally {
        bench.close();
      }
    });
  }
  for (const { fault, behaviour, plant } of isolationFaults) {
    test(`${name}: the isolation cases see ${fault}`, async () => {
      const found = isolationCases.find((one) => one.behaviour === behaviour);
      assert.ok(found !== undefined);
      const bench = await booted(open, found.limits, (sound) => plant(sound, traits));
      try {
        await assert.rejects(found.body(bench, traits), assert.AssertionError);
      } finally {
        bench.close();
      }
    });
  }
}
