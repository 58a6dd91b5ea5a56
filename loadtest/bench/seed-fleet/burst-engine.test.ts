import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Address, Arm } from "#shared/actor/actor.ts";
import type { Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { Step } from "#shared/messages/from-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import { createSimulatedEngine } from "#services/worker/engine/simulated-engine.actor.ts";
import { createBurstEngine } from "./burst-engine.ts";
import { engineSpec } from "./fleet-plan.ts";

const engineAddress = "engine/w" as Address;
const worker = "worker/w" as Address;

const runOf = (sequence: string, promptTokens: number, outputTokens: number): Run => ({
  kind: "run",
  sequence,
  tenant: "t" as TenantId,
  namespace: "n",
  adapterDigest: baseModel,
  promptBytes: new Uint8Array(promptTokens * 4).fill(65),
  promptDigest: sequence,
  promptTokens,
  forcedPrefix: [],
  outputTokensMax: outputTokens,
  outputTokensMin: 1,
  ignoreEos: true,
  sampling: {},
});

interface Played {
  readonly heard: readonly { readonly atMs: number; readonly message: ToWorker }[];
  readonly endsAtMs: number;
}

/** Tells an engine everything at 0 ms, then fires its timers until none is left. */
function play<State>(actor: Actor<State, ToEngine>, told: readonly ToEngine[]): Played {
  const state = actor.init(engineAddress);
  const heard: { atMs: number; message: ToWorker }[] = [];
  let timer: Arm | undefined;
  let nowMs = 0;
  const tell = (message: ToEngine): void => {
    for (const effect of actor.receive(state, { from: worker, nowMs, message })) {
      if (effect.kind === "send") heard.push({ atMs: nowMs, message: effect.message as ToWorker });
      if (effect.kind === "arm") timer = effect;
    }
  };
  for (const message of told) tell(message);
  while (timer !== undefined) {
    const { atMs, message } = timer;
    timer = undefined;
    nowMs = atMs;
    tell(message as ToEngine);
  }
  return { heard, endsAtMs: nowMs };
}

const steps = ({ heard }: Played): readonly Step[] =>
  heard.flatMap(({ message }) => (message.kind === "step" ? [message] : []));

test("a burst takes the time of its steps: what runs alone ends when the engine that tells each step ends it", () => {
  const told: readonly ToEngine[] = [{ kind: "boot" }, runOf("a", 700, 97)];
  const bursts = play(createBurstEngine(engineSpec, 16), told);
  const single = play(createSimulatedEngine(engineSpec), told);
  // A step is told to the microsecond; a burst rounds once for all of its steps.
  assert.ok(Math.abs(bursts.endsAtMs - single.endsAtMs) < 0.1);
  assert.equal(steps(single).length, 97);
  assert.equal(steps(bursts).length, Math.ceil(97 / 16));
});

test("a batch takes about as long as on the engine that tells each step", () => {
  const batch = [runOf("a", 700, 90), runOf("b", 300, 90), runOf("c", 900, 90)];
  const bursts = play(createBurstEngine(engineSpec, 1), [{ kind: "boot" }, ...batch]);
  const single = play(createSimulatedEngine(engineSpec), [{ kind: "boot" }, ...batch]);
  const ratio = bursts.endsAtMs / single.endsAtMs;
  assert.ok(ratio > 0.95 && ratio < 1.05, `${ratio}`);
});

test("its tokens are the oracle's, each once, and nothing is held afterwards", () => {
  const batch = [runOf("a", 5000, 33), runOf("b", 10, 1), runOf("c", 3, 400)];
  const told = steps(play(createBurstEngine(engineSpec, 32), [{ kind: "boot" }, ...batch]));
  for (const { sequence, outputTokensMax } of batch) {
    const outputs = told.flatMap(({ outputs }) =>
      outputs.filter((one) => one.sequence === sequence),
    );
    const oracle = oracleFor(runOf(sequence, 1, 1));
    assert.deepEqual(
      outputs.flatMap(({ tokens }) => tokens),
      Array.from({ length: outputTokensMax }, (_, index) => oracleToken(oracle, index)),
    );
    assert.equal(outputs.filter(({ end }) => end === "length").length, 1);
    assert.equal(outputs.at(-1)?.totals.outputTokens, outputTokensMax);
  }
  assert.equal(told.at(-1)?.usedBlocks, 0);
});

test("a sequence begins when its whole output fits", () => {
  const spec = { ...engineSpec, kvBlocks: 20 };
  const batch = [runOf("a", 100, 100), runOf("b", 100, 100)];
  const told = steps(play(createBurstEngine(spec, 8), [{ kind: "boot" }, ...batch]));
  const firstOf = (sequence: string): number =>
    told.findIndex(({ outputs }) => outputs.some((one) => one.sequence === sequence));
  const endOf = told.findIndex(({ outputs }) => outputs.some(({ end }) => end !== undefined));
  assert.ok(firstOf("b") > endOf);
  assert.ok(told.every(({ usedBlocks, freeBlocks }) => usedBlocks + freeBlocks === 20));
});

test("what is stopped at rest or in a burst is told once, with its blocks back", () => {
  const stop = { kind: "stop", sequence: "a" } as const;
  const played = play(createBurstEngine(engineSpec, 8), [
    { kind: "boot" },
    runOf("a", 100, 100),
    stop,
    stop,
  ]);
  const ends = played.heard.filter(({ message }) => message.kind === "sequence-stopped");
  assert.equal(ends.length, 1);
  const never = play(createBurstEngine(engineSpec, 8), [{ kind: "boot" }, stop]);
  assert.equal(never.heard.at(-1)?.message.kind, "sequence-stopped");
});
