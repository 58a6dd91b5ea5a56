import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { runOf } from "#services/worker/engine/engine.cases.ts";
import type { MeasuredSpec } from "./measured-engine.ts";
import { measuredEngine } from "./measured-engine.ts";
import type { SmiDouble } from "./smi-double.ts";
import { lostLine, smiDouble, smiLine } from "./smi-double.ts";

const worker = "w1" as WorkerId;
const self = engineAddress(worker);
const everyMs = 40;

let double: SmiDouble;
let closes: (() => void)[] = [];
beforeEach(() => {
  double = smiDouble();
});
afterEach(() => {
  for (const close of closes.splice(0)) close();
  double.remove();
});

/** A driver that does nothing of itself: the test says for it what it says. */
function openBench(spec: Partial<MeasuredSpec> = {}) {
  const toWorker: ToWorker[] = [];
  const toDriver: ToEngine[] = [];
  const notes: NoteRecord[] = [];
  let say: Host["send"] | undefined;
  const engine = measuredEngine({
    worker,
    spec: { gpus: 1, ...spec },
    sources: { smiProgram: double.program, kernelLog: double.kernelLog, everyMs },
    onNote: (note) => notes.push(note),
    host: {
      nowMs: () => performance.now(),
      send: (_from, _to, message) => {
        toWorker.push(message as ToWorker);
        return "accepted";
      },
    },
    driver: (host) => {
      say = host.send;
      return {
        device: (_to, _from, message) => toDriver.push(message as ToEngine),
        missing: () => undefined,
        close: () => undefined,
      };
    },
  });
  closes.push(() => engine.close());
  const says = (message: ToWorker): void => void say?.(self, workerAddress(worker), message);
  return {
    engine,
    toWorker,
    toDriver,
    notes,
    says,
    tell: (message: ToEngine) => engine.device(self, "worker/w1" as Address, message),
    up: () =>
      says({
        kind: "engine-up",
        workerType: "vllm/m",
        gpus: 1,
        sequencesMax: 4,
        totalBlocks: 100,
        blockTokens: 16,
        adapterSlots: 0,
      }),
    timeOf: () => {
      says({
        kind: "gpu-time",
        upUs: 0,
        wallUs: 1_000_000,
        gpus: 1,
        sequencesUs: 5,
        overheadUs: 0,
        idleUs: 999_995,
        tenants: [{ tenant: runOf({}).tenant, gpuUs: 5 }],
      });
      const told = toWorker.at(-1);
      assert.ok(told?.kind === "gpu-time");
      return told;
    },
  };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const beganAt = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - beganAt < 5_000, what);
    await sleep(5);
  }
}

const isMeasured = (bench: ReturnType<typeof openBench>) => () =>
  bench.notes.some(({ event }) => event === "gpu.measured");
const crashes = ({ toWorker }: ReturnType<typeof openBench>) =>
  toWorker.filter((message) => message.kind === "engine-crashed");

test("what its GPUs say goes with the time that the driver tells", async () => {
  double.says([smiLine()]);
  const bench = openBench({ gpuIds: ["0"] });
  bench.up();
  assert.equal(bench.timeOf().readings, undefined);
  await until(isMeasured(bench), "measured");
  const [reading] = bench.timeOf().readings ?? [];
  assert.deepEqual(
    [reading?.gpu, reading?.source, reading?.busyRatio, reading?.powerWatts],
    [0, "nvidia-smi", 0.97, 612.34],
  );
  assert.equal(bench.timeOf().work, undefined);
});

test("with the model's shape it is known what was computed, and beside which peak", async () => {
  double.says([smiLine()]);
  const shape = { parameters: 8e9, wideParameters: 1e9, layers: 32, heads: 32, headDim: 128 };
  const bench = openBench({ modelShape: { ...shape, arithmetic: "fp8" } });
  bench.up();
  const run = runOf({ tokens: 100 });
  bench.tell(run);
  const totals = { ...nothingExecuted, prefillTokens: 100, outputTokens: 1 };
  const output = { sequence: run.sequence, tokens: [], blocks: 7, totals };
  bench.says({ kind: "step", outputs: [output], usedBlocks: 7, freeBlocks: 93 });
  assert.ok((bench.timeOf().work?.gflop ?? 0) >= 1400);
  assert.equal(bench.timeOf().work?.peak, undefined);
  await until(isMeasured(bench), "measured");
  assert.deepEqual(bench.timeOf().work?.peak, { flopsPerS: 1978.9e12, bytesPerS: 3.35e12 });
  double.says([smiLine({ name: "NVIDIA Unheard-of" })]);
  await until(() => bench.timeOf().work?.peak === undefined, "no peak of an unknown GPU");
});

test("a lost GPU ends the engine's life, and nothing of it is heard until it is well", async () => {
  double.says([smiLine()]);
  const bench = openBench();
  bench.up();
  await until(isMeasured(bench), "measured");
  double.says([lostLine]);
  await until(() => crashes(bench).length > 0, "the worker hears of it");
  const [crash] = crashes(bench);
  assert.ok(crash?.kind === "engine-crashed" && crash.fault === "gpu-lost");
  assert.equal(bench.toDriver.at(-1)?.kind, "reset");
  assert.match(bench.engine.missing() ?? "", /is lost/);
  const heard = bench.toWorker.length;
  const told = bench.toDriver.length;
  bench.up();
  bench.tell({ kind: "boot" });
  await sleep(everyMs * 3);
  assert.equal(bench.toWorker.length, heard);
  assert.equal(bench.toDriver.length, told);
  double.says([smiLine()]);
  await until(() => bench.engine.missing() === undefined, "it is well again");
  bench.tell({ kind: "boot" });
  assert.equal(bench.toDriver.at(-1)?.kind, "boot");
  bench.up();
  assert.equal(bench.toWorker.at(-1)?.kind, "engine-up");
  assert.equal(crashes(bench).length, 1);
});

test("an uncorrected memory error ends its life once, and it may begin again at once", async () => {
  double.says([smiLine()]);
  const bench = openBench();
  bench.up();
  await until(isMeasured(bench), "measured");
  double.says([smiLine({ "ecc.errors.uncorrected.volatile.total": "1" })]);
  await until(() => crashes(bench).length > 0, "the worker hears of it");
  await sleep(everyMs * 3);
  const [crash, ...more] = crashes(bench);
  assert.ok(crash?.kind === "engine-crashed" && crash.fault === "ecc" && more.length === 0);
  bench.tell({ kind: "boot" });
  assert.equal(bench.toDriver.at(-1)?.kind, "boot");
});

test("an XID of its own GPU is noted, and a critical one ends the engine's life", async () => {
  double.says([smiLine()]);
  const bench = openBench();
  bench.up();
  await until(isMeasured(bench), "measured");
  const xids = (): readonly unknown[] =>
    bench.notes.filter(({ event }) => event === "gpu.xid").map(({ fields }) => fields["xid"]);
  double.logs("4,2,2,-;NVRM: Xid (PCI:0000:1c:00): 79, another GPU");
  double.logs("4,3,3,-;NVRM: Xid (PCI:0000:1b:00): 31, pid=9, a process of its own making");
  await until(() => xids().length === 1, "told");
  assert.deepEqual(xids(), ["31"]);
  assert.equal(crashes(bench).length, 0);
  double.logs("4,4,4,-;NVRM: Xid (PCI:0000:1b:00): 95, Uncontained ECC error");
  await until(() => crashes(bench).length > 0, "the worker hears of it");
  const [crash] = crashes(bench);
  assert.ok(crash?.kind === "engine-crashed" && crash.fault === "xid" && /95/.test(crash.reason));
});

test("an engine without GPUs that can be read goes on as it is, and it is said why", async () => {
  double.says([smiLine(), smiLine({ index: "1", uuid: "GPU-2" })]);
  const bench = openBench();
  bench.up();
  const why = () => bench.notes.find(({ event }) => event === "gpu.not-measured")?.fields["why"];
  await until(() => why() !== undefined, "said");
  assert.equal(why(), "the engine has 1 GPUs, and 2 are told: name its own in gpuIds");
  assert.equal(bench.timeOf().readings, undefined);
  assert.equal(bench.engine.missing(), undefined);
});

test("a reading that is not renewed is none", async () => {
  double.says([smiLine()]);
  const bench = openBench();
  bench.up();
  await until(isMeasured(bench), "measured");
  double.says(["garbage"]);
  await until(() => bench.timeOf().readings === undefined, "forgotten");
  assert.equal(crashes(bench).length, 0);
});

test("where its operator says that it has no GPU, none is looked for", async () => {
  double.says([smiLine()]);
  const bench = openBench({ gpuIds: [] });
  bench.up();
  await sleep(everyMs * 2);
  assert.deepEqual(double.asked(), []);
  assert.equal(bench.timeOf().readings, undefined);
});
