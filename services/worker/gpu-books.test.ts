import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { ToLedger } from "#shared/messages/to-ledger.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { GpuWord } from "#shared/model/gpu-word.ts";
import { noRequestWork, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { PoolId, TenantId, WorkerHostId } from "#shared/model/ids.ts";
import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import { createWorker } from "./worker.actor.ts";

const worker = createWorker(
  { pool: "p" as PoolId, host: "h" as WorkerHostId, zone: "z" },
  "meter/p1" as Address,
  onlyQuad,
);

function begin() {
  const state = worker.init("worker/w1" as Address);
  const words: GpuWord[] = [];
  const hear = (message: ToWorker, nowMs: number): void => {
    const arrival = { from: "x/y" as Address, nowMs, message };
    for (const effect of worker.receive(state, arrival)) {
      if (effect.kind !== "send" || effect.to !== "ledger/p1") continue;
      const said = effect.message as ToLedger;
      if (said.kind === "record-gpu-time") words.push(said.word);
    }
  };
  return { hear, words };
}

const acme = "acme" as TenantId;
const toldAt = (upMs: number, ranMs: number, requestsUs: number): GpuTime => ({
  kind: "gpu-time",
  upUs: upMs * 1000,
  wallUs: ranMs * 1000,
  gpus: 2,
  sequencesUs: requestsUs,
  requests: { ...noRequestWork, decodeUs: requestsUs - 10, recomputeUs: 10 },
  loadUs: 40,
  overheadUs: 60,
  idleUs: ranMs * 2000 - requestsUs - 100,
  tenants: [{ tenant: acme, gpuUs: requestsUs, recomputeUs: 10 }],
});

test("each word of the engine is told on, and its lines add up to wall × GPUs from when the worker was placed", () => {
  const { hear, words } = begin();
  hear({ kind: "placed", incarnation: 7 }, 1000);
  hear(toldAt(1200, 300, 5000), 1520);
  hear(toldAt(1200, 800, 9000), 2020);
  const [first, second] = words;
  assert.equal(first?.life, 7);
  assert.equal(first.lines.downUs, 200 * 2000, "no engine was up before");
  assert.equal(sumOfLines(first.lines), 500 * 2000);
  assert.equal(first.outsideUs, 520_000);
  assert.equal(second === undefined ? 0 : sumOfLines(second.lines), 1000 * 2000);
  assert.deepEqual(second?.tenants, [{ tenant: acme, requestsUs: 9000, recomputeUs: 10 }]);
});

test("an engine's next life goes on from all that was before, and what was between is a line", () => {
  const { hear, words } = begin();
  hear({ kind: "placed", incarnation: 7 }, 1000);
  hear(toldAt(1000, 500, 5000), 1500);
  hear(toldAt(3500, 100, 1000), 3600);
  // Of the life before: too late.
  hear(toldAt(1000, 600, 6000), 3650);
  hear(toldAt(3500, 200, 1000), 3700);
  assert.equal(words.length, 3);
  const last = words[2];
  assert.equal(last === undefined ? 0 : sumOfLines(last.lines), 2700 * 2000);
  assert.equal(last?.lines.downUs, 2000 * 2000);
  assert.equal(last?.lines.decodeUs, 5980);
  assert.deepEqual(last?.tenants, [], "it had nothing more since the word before");
  assert.deepEqual(words[1]?.tenants, [{ tenant: acme, requestsUs: 6000, recomputeUs: 20 }]);
});
