import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { assertBlocksConserved } from "./block-pool.ts";
import { legalOutput, runOf, tokensOf } from "./engine.cases.ts";
import { preemptionPrice } from "./preemption-price.ts";
import { profileNamed } from "./profiles.ts";
import { startVirtualEngine } from "./virtual-engine.ts";
import type { VirtualEngine } from "./virtual-engine.ts";

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 60,
  kvBlockTokens: 16,
  sequencesMax: 8,
  stepTokensMax: 2048,
  adapterSlots: 0,
  timeScale: 1,
};

/** Two that grow until one has to give way. */
function startTwo(
  fields: Partial<SimulatedEngineSpec>,
): VirtualEngine & { readonly runs: ReturnType<typeof runOf>[] } {
  const engine = startVirtualEngine({ ...spec, ...fields });
  engine.tell({ kind: "boot" });
  const runs = [400, 400].map((tokens) => runOf({ tokens, outputTokensMax: 300, ignoreEos: true }));
  for (const run of runs) engine.tell(run);
  return { ...engine, runs };
}

const preemptedOf = ({ heard }: VirtualEngine) =>
  heard.filter((message) => message.kind === "sequence-preempted");

test("swapped KV is moved back and not computed again, and its text is the same", () => {
  const computed = (["recompute", "swap"] as const).map((preemption) => {
    const engine = startTwo({ preemption });
    while (engine.fireNext()) {
      assertBlocksConserved(
        engine.replica.pool,
        [...engine.replica.sequences.values()].map(({ table }) => table.blocks),
      );
    }
    assert.ok(preemptedOf(engine).length > 0);
    for (const run of engine.runs) assert.deepEqual(tokensOf(engine.heard, run), legalOutput(run));
    assert.equal(engine.replica.swap.usedBlocks, 0);
    let prefillTokens = 0;
    for (const message of engine.heard) {
      if (message.kind !== "step") continue;
      for (const { end, totals } of message.outputs) {
        if (end !== undefined) prefillTokens += totals.prefillTokens;
      }
    }
    return prefillTokens;
  });
  const [recomputed = 0, swapped = 0] = computed;
  assert.ok(recomputed > 1000, `${recomputed} prompt tokens computed`);
  // The prompts once, and the token that was due when each was preempted.
  assert.ok(swapped < 810, `${swapped} prompt tokens computed`);
});

test("the engine says how much it moved, and the step after it waits for the bus", () => {
  const engine = startTwo({ preemption: "swap" });
  engine.until(() => preemptedOf(engine).length > 0);
  const [preempted] = preemptedOf(engine);
  assert.ok(preempted?.kind === "sequence-preempted");
  const tokens = preempted.swappedTokens ?? 0;
  assert.ok(tokens > 400);
  const { step, profile } = engine.replica;
  const decode = engine.replica.running[0];
  assert.ok(step !== undefined && decode !== undefined);
  const plainMs = 0.5 + 6.005 + 0.364 + 0.0033 + (43.97 * decode.knownTokens) / 1e6;
  const oneWayUs = (preemptionPrice(profile, engine.replica.spec).swapUsPerToken * tokens) / 2;
  assert.ok(Math.abs(step.durationUs - plainMs * 1000 - oneWayUs) < 2);
  assert.ok(step.durationUs - step.kernelUs > oneWayUs);
});

test("what finds no room in host memory is computed again", () => {
  const engine = startTwo({ preemption: "swap", hostKvBlocks: 3 });
  engine.until(() => preemptedOf(engine).length > 0);
  const [preempted] = preemptedOf(engine);
  assert.ok(preempted?.kind === "sequence-preempted" && preempted.swappedTokens === undefined);
  assert.equal(engine.replica.swap.usedBlocks, 0);
});

test("a sequence that is stopped while it is swapped out leaves host memory", () => {
  const engine = startTwo({ preemption: "swap" });
  engine.until(() => engine.replica.swap.usedBlocks > 0);
  for (const { sequence } of engine.runs) engine.tell({ kind: "stop", sequence });
  while (engine.fireNext());
  assert.equal(engine.replica.swap.usedBlocks, 0);
  assert.equal(engine.replica.sequences.size, 0);
});

test("eight GPUs on one host swap at a quarter of the speed", () => {
  const profile = profileNamed("llama3_8b/tp1/bfloat16");
  const price = (gpusPerHost: number): number =>
    preemptionPrice(profile, { stepTokensMax: 2048, gpusPerHost }).swapUsPerToken;
  assert.ok(Math.abs(price(8) - 4 * price(1)) < 1e-9);
  assert.ok(Math.abs(price(4) - 2 * price(2)) < 1e-9);
});
