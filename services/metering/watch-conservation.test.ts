import assert from "node:assert/strict";
import { test } from "node:test";
import type { GpuLife } from "#shared/model/gpu-conservation.ts";
import { noGpuLines } from "#shared/model/gpu-lines.ts";
import { watchConservation } from "./watch-conservation.ts";

const lifeAt = (outsideUs: number, idleUs: number): GpuLife => ({
  worker: "w1",
  life: 1,
  pool: "p",
  zone: "z",
  workerType: "t",
  gpus: 2,
  startedAtEpochMs: 0,
  toldAtEpochMs: outsideUs / 1000,
  outsideUs,
  lines: { ...noGpuLines, decodeUs: 1_000_000, idleUs },
});

function startWatch() {
  const scene = { life: lifeAt(10_000_000, 19_000_000), usageUs: 1_000_000, isAway: false };
  const notes: string[] = [];
  const watch = watchConservation({
    process: "m",
    nowEpochMs: () => 1e12,
    onNote: ({ event, fields }) => notes.push(`${event} ${JSON.stringify(fields)}`),
    ledger: {
      lives: async () => {
        if (scene.isAway) throw new Error("no database");
        return [scene.life];
      },
      usageUs: async () => scene.usageUs,
      groups: async () => [
        {
          pool: "p",
          zone: "z",
          workerType: "t",
          rate: undefined,
          lines: scene.life.lines,
          tenants: [],
        },
      ],
    },
  });
  return { scene, notes, watch };
}

test("what adds up is told as a figure and alarms nobody; over a window a step that runs does not count twice", async () => {
  const { scene, notes, watch } = startWatch();
  await watch.look();
  // A step of 40 ms runs, then as now.
  scene.life = lifeAt(610_000_000, 1_219_000_000);
  const verdict = await watch.look();
  assert.equal(verdict?.linesErrorRatio, 0);
  assert.deepEqual(
    watch.gauges().map(({ labels, value }) => [labels.kind, value]),
    [
      ["lines", 0],
      ["usage", 0],
    ],
  );
  assert.deepEqual(notes, []);
  await watch.close();
});

test("GPU time that is on no line is an alarm that names the worst life, and so is usage that lacks it", async () => {
  const { scene, notes, watch } = startWatch();
  await watch.look();
  scene.life = lifeAt(610_000_000, 1_217_000_000);
  await watch.look();
  assert.match(notes[0] ?? "", /^gpu\.not-conserved .*"worker":"w1".*"missingUs":2000000/);
  scene.usageUs = 990_000;
  scene.life = lifeAt(620_000_000, 1_237_000_000);
  const verdict = await watch.look();
  assert.equal(verdict?.usageErrorRatio, 0.01);
  scene.isAway = true;
  assert.equal(await watch.look(), undefined);
  await watch.close();
});
