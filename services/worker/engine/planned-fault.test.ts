import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { assertBlocksConserved } from "./block-pool.ts";
import { runOf, tokensOf } from "./engine.cases.ts";
import { faultOf } from "./planned-fault.ts";
import { startVirtualEngine } from "./virtual-engine.ts";

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 1000,
  kvBlockTokens: 16,
  sequencesMax: 8,
  stepTokensMax: 2048,
  adapterSlots: 0,
  timeScale: 1,
  faultText: "FAULT:",
};

const texted = (text: string) => {
  const promptBytes = new TextEncoder().encode(text.padEnd(400, "."));
  return { ...runOf({ outputTokensMax: 40, ignoreEos: true }), promptBytes, promptTokens: 100 };
};

test("a fault is named behind its text, with the output index at which it comes", () => {
  const of = (text: string, fields: Partial<SimulatedEngineSpec> = spec) =>
    faultOf(texted(text), fields);
  assert.deepEqual(of("x FAULT:hung12 y"), { kind: "hung", outputIndex: 12 });
  assert.deepEqual(of("FAULT:cuda-oom"), { kind: "cuda-oom", outputIndex: 0 });
  assert.deepEqual(of("BOOM7", { crashText: "BOOM" }), { kind: "exited", outputIndex: 7 });
  assert.equal(of("FAULT:other"), undefined);
  assert.equal(of("FAULT:nan", {}), undefined);
});

test("a sequence that is no number is over, and nothing that it computed is found again", () => {
  const engine = startVirtualEngine(spec);
  engine.tell({ kind: "boot" });
  // Another has computed the first blocks of the same prompt: these stay.
  const shared = texted("the same beginning of sixty-four bytes, which is one block of KV ....");
  engine.tell({ ...shared, outputTokensMax: 1 });
  while (engine.fireNext());
  const cachedBefore = engine.replica.pool.byName.size;
  const text = new TextDecoder().decode(shared.promptBytes.slice(0, 64));
  const failing = texted(`${text}and then FAULT:nan20`);
  engine.tell(failing);
  while (engine.fireNext());
  assert.equal(tokensOf(engine.heard, failing).length, 20);
  const [failed] = engine.heard.filter(({ kind }) => kind === "sequence-failed");
  assert.ok(failed?.kind === "sequence-failed" && failed.reason === "nan");
  assert.equal(failed.totals.cachedTokens, 16);
  assert.ok(failed.totals.gpuUs > 0);
  assert.equal(engine.replica.pool.byName.size, cachedBefore);
  assert.equal(engine.replica.sequences.size, 0);
  assertBlocksConserved(engine.replica.pool, []);
});

test("a hung engine hears nothing but a reset, and is up again when it has been killed", () => {
  const engine = startVirtualEngine(spec);
  engine.tell({ kind: "boot" });
  engine.tell(texted("FAULT:hung3"));
  while (engine.fireNext());
  const heard = engine.heard.length;
  engine.tell({ kind: "tell-gpu-time" });
  engine.tell(texted("another"));
  engine.tell({ kind: "boot" });
  while (engine.fireNext());
  assert.equal(engine.heard.length, heard);
  const killedAtMs = engine.nowMs();
  engine.tell({ kind: "reset" });
  assert.deepEqual(
    engine.heard.slice(heard).map(({ kind }) => kind),
    ["gpu-time"],
    "nothing but what its life had",
  );
  while (engine.fireNext());
  assert.equal(engine.heard.at(-1)?.kind, "engine-up");
  assert.equal(engine.nowMs() - killedAtMs, 2000);
});

for (const [fault, restartMs] of [
  ["cuda-oom", 2000],
  ["ecc", 20_000],
] as const) {
  test(`${fault} ends the engine, says so, and it is up again after ${restartMs / 1000} s`, () => {
    const engine = startVirtualEngine(spec);
    engine.tell({ kind: "boot" });
    engine.tell(texted(`FAULT:${fault}2`));
    engine.until(() => engine.heard.at(-1)?.kind === "engine-crashed");
    const crashed = engine.heard.at(-1);
    assert.ok(crashed?.kind === "engine-crashed" && crashed.fault === fault);
    const downAtMs = engine.nowMs();
    engine.until(() => engine.heard.at(-1)?.kind === "engine-up");
    assert.equal(engine.nowMs() - downAtMs, restartMs);
  });
}

test("a slow sequence drags every step it is in, and no other", () => {
  const stepsMs = (text: string): number[] => {
    const engine = startVirtualEngine(spec);
    engine.tell({ kind: "boot" });
    engine.tell(texted(text));
    while (engine.fireNext());
    return engine.heard.flatMap((message) =>
      message.kind === "step" && message.tookMs !== undefined ? [message.tookMs] : [],
    );
  };
  const plain = stepsMs("plain");
  const slow = stepsMs("FAULT:slow5");
  assert.equal(slow.length, plain.length);
  slow.forEach((ms, at) => {
    const factor = ms / (plain[at] ?? 0);
    assert.ok(Math.abs(factor - (at < 5 ? 1 : 20)) < 0.01, `step ${at}: ${factor}`);
  });
});
