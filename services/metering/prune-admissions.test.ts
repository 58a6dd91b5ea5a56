import assert from "node:assert/strict";
import { test } from "node:test";
import { startPruningAdmissions } from "./prune-admissions.ts";

function startOver(left: number) {
  const notes: string[] = [];
  const scene = { left, isDown: false };
  const pruning = startPruningAdmissions({
    process: "m1",
    shelf: {
      pruneAdmissions: async (rowsMax) => {
        if (scene.isDown) throw new Error("no database");
        const gone = Math.min(rowsMax, scene.left);
        scene.left -= gone;
        return gone;
      },
    },
    onNote: ({ event, fields }) => notes.push(`${event} ${Object.values(fields).join(" ")}`),
  });
  return { scene, notes, pruning };
}

test("a round goes on until nothing old is left, but not without end", async () => {
  const some = startOver(25_000);
  assert.equal(await some.pruning.prune(), 25_000);
  assert.deepEqual(some.notes, ["admissions.pruned 25000"]);
  assert.equal(await some.pruning.prune(), 0);
  assert.equal(some.notes.length, 1);
  await some.pruning.close();
  const many = startOver(5_000_000);
  assert.equal(await many.pruning.prune(), 1_000_000);
  await many.pruning.close();
});

test("a ledger that is down is told, and tried again with the next round", async () => {
  const { scene, notes, pruning } = startOver(3);
  scene.isDown = true;
  assert.equal(await pruning.prune(), 0);
  scene.isDown = false;
  assert.equal(await pruning.prune(), 3);
  assert.deepEqual(notes, ["admissions.pruning-failed Error: no database", "admissions.pruned 3"]);
  await pruning.close();
});
