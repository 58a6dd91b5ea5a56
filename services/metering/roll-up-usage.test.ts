import assert from "node:assert/strict";
import { test } from "node:test";
import { startRollingUp } from "./roll-up-usage.ts";

class Scene {
  pending = 0;
  turns = 0;
  vacuums = 0;
  isDown = false;
  readonly notes: string[] = [];
  readonly rolling = startRollingUp({
    process: "m1",
    rollUp: async (deltasMax) => {
      if (this.isDown) throw new Error("no database");
      this.turns++;
      const moved = Math.min(this.pending, deltasMax);
      this.pending -= moved;
      return moved;
    },
    vacuum: async () => this.vacuums++,
    onNote: ({ event, fields }) => this.notes.push(`${event} ${Object.values(fields).join(" ")}`),
  });
}

test("a round goes on until nothing is left, but not for ever", async () => {
  const scene = new Scene();
  scene.pending = 25_000;
  const [first, second] = await Promise.all([scene.rolling.roll(), scene.rolling.roll()]);
  assert.deepEqual([first, second, scene.turns, scene.pending], [25_000, 25_000, 3, 0]);
  scene.pending = 1_000_000;
  assert.equal(await scene.rolling.roll(), 200_000);
  await scene.rolling.close();
});

test("room is given back once much has been moved", async () => {
  const scene = new Scene();
  for (const [pending, vacuums] of [
    [19_999, 0],
    [1, 1],
    [19_999, 1],
  ] as const) {
    scene.pending = pending;
    await scene.rolling.roll();
    assert.equal(scene.vacuums, vacuums);
  }
  await scene.rolling.close();
});

test("a database that is away is told once, and the next round tries again", async () => {
  const scene = new Scene();
  scene.isDown = true;
  assert.equal(await scene.rolling.roll(), 0);
  assert.equal(await scene.rolling.roll(), 0);
  assert.deepEqual(scene.notes, ["usage.roll-up-failed Error: no database"]);
  scene.isDown = false;
  scene.pending = 7;
  assert.equal(await scene.rolling.roll(), 7);
  await scene.rolling.close();
});
