import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { GpuWatch, gpuSourcesDefault } from "./gpu-watch.ts";
import { NvidiaSmi } from "./nvidia-smi.ts";
import type { SmiGpu } from "./smi-row.ts";

// The reader on real GPUs, where there are some: what it reads is compared with what the program says in other words.

const program = gpuSourcesDefault.smiProgram;

function withoutGpus(): string | false {
  try {
    return listed().length > 0 ? false : "nvidia-smi lists no GPU on this machine";
  } catch {
    return "nvidia-smi is not on this machine";
  }
}

const listed = (): readonly string[] =>
  execFileSync(program, ["-L"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    .split("\n")
    .filter((line) => line.startsWith("GPU "));

const skip = withoutGpus();
const deadlineMs = 10_000;

async function readAll(ids: readonly string[] = []): Promise<readonly SmiGpu[]> {
  const answer = await new NvidiaSmi({ program, ids, deadlineMs }).ask();
  assert.ok(answer.kind === "gpus", JSON.stringify(answer));
  return answer.gpus;
}

test("real GPUs: every one that is listed is read, by its name and UUID", { skip }, async () => {
  const gpus = await readAll();
  assert.equal(gpus.length, listed().length);
  for (const { index, name, uuid, figures } of gpus) {
    assert.ok(listed().some((line) => line.includes(name) && line.includes(uuid)));
    assert.match(index, /^\d+$/);
    const { memoryBytes = 0, memoryUsedBytes = 0, busyRatio = 0, powerWatts = 1 } = figures;
    assert.ok(memoryUsedBytes <= memoryBytes);
    assert.ok(busyRatio >= 0 && busyRatio <= 1);
    assert.ok(powerWatts > 0);
  }
});

test("real GPUs: one is read alone, by its UUID and by its index", { skip }, async () => {
  const [first] = await readAll();
  assert.ok(first !== undefined);
  for (const id of [first.uuid, first.index]) {
    const [alone, ...others] = await readAll([id]);
    assert.equal(alone?.uuid, first.uuid);
    assert.equal(others.length, 0);
  }
});

test("real GPUs: one that is not there is not taken for lost", { skip }, async () => {
  const ids = ["GPU-00000000-0000-0000-0000-000000000000"];
  const answer = await new NvidiaSmi({ program, ids, deadlineMs }).ask();
  assert.notEqual(answer.kind, "gpus");
  assert.notEqual(answer.kind, "lost");
});

test("real GPUs: a watch finds them well", { skip }, async () => {
  const faults: string[] = [];
  const gpus = listed().length;
  await new Promise<void>((resolve, reject) => {
    const watch = new GpuWatch({
      sources: { ...gpuSourcesDefault, everyMs: 500 },
      ids: [],
      gpus,
      nowMs: () => performance.now(),
      onFault: ({ why }) => faults.push(why),
      onXid: (xid) => faults.push(`XID ${xid}`),
      onNoXids: () => undefined,
      onMeasured: (why) => {
        if (why !== undefined) return reject(new Error(why));
        setTimeout(() => {
          watch.stop();
          resolve();
        }, 2_000);
      },
    });
  });
  assert.deepEqual(faults, []);
});
