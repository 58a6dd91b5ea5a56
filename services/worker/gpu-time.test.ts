import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, Note } from "#shared/actor/actor.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { PoolId, TenantId, WorkerHostId } from "#shared/model/ids.ts";
import { runOf } from "./engine/engine.cases.ts";
import { startVirtualEngine } from "./engine/virtual-engine.ts";
import { createWorker } from "./worker.actor.ts";

const worker = createWorker(
  { pool: "p" as PoolId, host: "h" as WorkerHostId, zone: "z" },
  "meter/p" as Address,
  onlyQuad,
);
const isToEngine = (to: string): boolean => to.startsWith("engine/");

/** A worker that beats, beside an engine of so many GPUs. */
function startBench(gpus: 1 | 2) {
  const profile = gpus === 1 ? "llama3_8b/tp1/bfloat16" : "qwen25_72b/tp2/fp8";
  const engine = startVirtualEngine({
    kind: "simulated",
    profile,
    gpus,
    kvBlocks: 1000,
    kvBlockTokens: 16,
    sequencesMax: 8,
    stepTokensMax: 2048,
    adapterSlots: 2,
    timeScale: 1,
  });
  const state = worker.init("worker/w1" as Address);
  const notes: Note[] = [];
  const hear = (message: ToWorker): void => {
    const arrival = { from: "x/y" as Address, nowMs: engine.nowMs(), message };
    for (const effect of worker.receive(state, arrival)) {
      if (effect.kind === "note") notes.push(effect);
      if (effect.kind === "send" && isToEngine(effect.to)) engine.tell(effect.message as ToEngine);
    }
    for (const told of engine.heard.splice(0)) {
      if (told.kind === "engine-up" || told.kind === "gpu-time") hear(told);
    }
  };
  hear({ kind: "placed", incarnation: 1 });
  const pass = (beats: number): void => {
    for (let beat = 0; beat < beats; beat++) {
      engine.advance(500);
      hear({ kind: "timer-fired", name: "beat" });
    }
  };
  return { engine, notes, hear, pass };
}

function totals(notes: readonly Note[]): Record<string, number> {
  const sums: Record<string, number> = { requests: 0, load: 0, overhead: 0, idle: 0 };
  for (const { event, fields } of notes) {
    if (event !== "worker.gpu-time") continue;
    const kind = String(fields["kind"]);
    sums[kind] = (sums[kind] ?? 0) + Number(fields["gpuUs"]);
  }
  return sums;
}

for (const gpus of [1, 2] as const) {
  test(`requests, overhead and idle add up to wall time, of ${gpus} GPU`, () => {
    const { engine, notes, pass } = startBench(gpus);
    pass(7);
    for (let round = 0; round < 6; round++) {
      for (const tokens of [40, 400, 1500]) {
        engine.tell(runOf({ tokens, outputTokensMax: 200, ignoreEos: true }));
      }
      pass(17);
    }
    pass(11);
    const { requests = 0, overhead = 0, idle = 0 } = totals(notes);
    assert.ok(requests > 0 && overhead > 0 && idle > 0);
    const askedMs = Math.floor((engine.nowMs() - 500) / 5000) * 5000 + 500;
    const wallUs = askedMs * 1000 * gpus;
    const off = Math.abs(requests + overhead + idle - wallUs) / wallUs;
    assert.ok(off <= 0.001, `off by ${off}`);
    assert.ok(!notes.some(({ event }) => event === "worker.gpu-time-drift"));
  });
}

test("tenants add up to requests, and to what was computed and moved", () => {
  const { engine, notes, pass } = startBench(2);
  for (let round = 0; round < 6; round++) {
    for (const tenant of ["acme", "bolt", "corner"]) {
      engine.tell({
        ...runOf({ tokens: 700, outputTokensMax: 60, ignoreEos: true }),
        tenant: tenant as TenantId,
      });
    }
    pass(11);
  }
  const sum = (event: string, field: string, kind?: string): number =>
    notes
      .filter((one) => one.event === event && (kind === undefined || one.fields["kind"] === kind))
      .reduce((all, { fields }) => all + Number(fields[field]), 0);
  assert.equal(sum("worker.gpu-tenant", "gpuUs"), sum("worker.gpu-time", "gpuUs", "requests"));
  for (const field of ["gflop", "megabytes"]) {
    assert.ok(sum("worker.gpu-tenant", field) > 1000);
    assert.equal(sum("worker.gpu-tenant", field), sum("worker.gpu-work", field));
  }
  const tenants = new Set(
    notes
      .filter(({ event }) => event === "worker.gpu-tenant")
      .map(({ fields }) => fields["tenant"]),
  );
  assert.deepEqual(
    [...tenants].map(String).toSorted((a, b) => (a < b ? -1 : 1)),
    ["acme", "bolt", "corner"],
  );
});

test("tenants whose time does not add up to that of requests are an alarm", () => {
  const { notes, hear } = startBench(1);
  const paid = (gpuUs: number): Partial<GpuTime> => ({
    wallUs: 1_000_000,
    idleUs: 999_300,
    tenants: [{ tenant: "acme" as TenantId, gpuUs }],
  });
  hear(told(paid(600)));
  assert.ok(!notes.some(({ event }) => event === "worker.gpu-time-drift"));
  hear(told({ ...paid(600), upUs: 1, sequencesUs: 500_000, idleUs: 499_900 }));
  const drift = notes.find(({ event }) => event === "worker.gpu-time-drift");
  assert.equal(drift?.fields["unpaidUs"], 499_400);
});

const told = (fields: Partial<GpuTime>): GpuTime => ({
  kind: "gpu-time",
  upUs: 0,
  wallUs: 1000,
  gpus: 1,
  sequencesUs: 600,
  overheadUs: 100,
  idleUs: 300,
  ...fields,
});

test("a late word adds nothing, an engine's next life begins at nothing", () => {
  const { notes, hear } = startBench(1);
  hear(told({}));
  hear(told({ wallUs: 900, idleUs: 200 }));
  hear(told({ upUs: 5000, wallUs: 10, sequencesUs: 0, overheadUs: 0, idleUs: 10 }));
  hear(told({ wallUs: 1100, idleUs: 400 }));
  assert.deepEqual(totals(notes), { requests: 600, load: 0, overhead: 100, idle: 310 });
});

test("an engine whose time does not add up is an alarm", () => {
  const { notes, hear } = startBench(1);
  hear(told({ wallUs: 1_000_000, idleUs: 998_301 }));
  assert.ok(!notes.some(({ event }) => event === "worker.gpu-time-drift"));
  hear(told({ upUs: 1, wallUs: 2_000_000, idleUs: 1_900_000 }));
  const drift = notes.find(({ event }) => event === "worker.gpu-time-drift");
  assert.equal(drift?.fields["missingUs"], 99_300);
});
