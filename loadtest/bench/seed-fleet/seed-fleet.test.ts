import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyActor, Effect } from "#shared/actor/actor.ts";
import type { Step } from "#shared/messages/from-engine.ts";
import { measureScheduler } from "./bare-scheduler.ts";
import type { FleetWanted } from "./run-fleet.ts";
import { engineOf, runFleet } from "./run-fleet.ts";

const small: FleetWanted = { scale: 0.01, seconds: 1, warmUpSeconds: 1, seed: 3, burst: 32 };

test("a hundredth of the seed fleet serves every request once and whole, and one seed is one schedule", () => {
  const { faults, requests_checked, texts_compared, trace_hash, ...run } = runFleet(small);
  assert.deepEqual(faults, []);
  assert.ok(requests_checked > 100, `${requests_checked} requests`);
  assert.ok(texts_compared >= requests_checked / 16);
  assert.ok(run.events > 1000 && run.events_per_s > 0 && run.realtime_ratio > 0);
  const arrivals = Object.values(run.events_of).reduce((sum, of) => sum + of, 0);
  assert.equal(arrivals, run.events, "each arrival is some actor's");
  assert.equal(runFleet(small).trace_hash, trace_hash);
  assert.notEqual(runFleet({ ...small, seed: 4 }).trace_hash, trace_hash);
});

test("step by step it is the production simulated engine that serves them", () => {
  const { faults, engine } = runFleet({ ...small, seconds: 0.3, warmUpSeconds: 0.1, burst: 1 });
  assert.deepEqual(faults, []);
  assert.match(engine, /step by step/);
});

/** As the engine, but for what it says of each step. */
const saying = (change: (step: Step) => Step): AnyActor => {
  const engine = engineOf(small);
  const changed = (effect: Effect): Effect => {
    if (effect.kind !== "send" || (effect.message as Step).kind !== "step") return effect;
    return { ...effect, message: change(effect.message as Step) };
  };
  return {
    ...engine,
    receive: (state, arrival) => engine.receive(state, arrival).map(changed),
  };
};

test("another text than the oracle's is found", () => {
  const wrong = saying((step) => ({
    ...step,
    outputs: step.outputs.map((output) => ({
      ...output,
      tokens: output.tokens.map((token) => token ^ 1),
    })),
  }));
  const { faults } = runFleet({ ...small, seconds: 0.3, warmUpSeconds: 0 }, wrong);
  assert.ok(faults.some((fault) => fault.endsWith("got another text")));
});

test("an output that ends a token early is found", () => {
  const short = saying((step) => ({
    ...step,
    outputs: step.outputs.map((output) =>
      output.end === undefined ? output : { ...output, tokens: output.tokens.slice(0, -1) },
    ),
  }));
  const { faults } = runFleet({ ...small, seconds: 0.3, warmUpSeconds: 0 }, short);
  assert.ok(faults.length > 0);
});

test("the bare simulator handles words, handed over and packed", () => {
  const speed = measureScheduler(20);
  assert.ok(speed.scheduler_events_per_s > speed.scheduler_events_per_s_packed);
  assert.ok(speed.scheduler_events_per_s_packed > 1000);
});
