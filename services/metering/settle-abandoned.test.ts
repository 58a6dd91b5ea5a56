import assert from "node:assert/strict";
import { test } from "node:test";
import type { NoteRecord } from "#shared/actor/host.ts";
import { startSettlingAbandoned } from "./settle-abandoned.ts";

class Scene {
  asked = 0;
  isBehind = false;
  isDown = false;
  readonly notes: string[] = [];
  readonly settling = startSettlingAbandoned({
    process: "m1",
    ledger: {
      settleAbandoned: async (withinMs) => {
        assert.equal(withinMs, 0);
        if (this.isDown) throw new Error("no database");
        this.asked++;
        return 3;
      },
    },
    isCaughtUp: async () => !this.isBehind,
    onNote: ({ event, fields }: NoteRecord) =>
      this.notes.push(`${event} ${Object.values(fields).join(" ")}`),
  });
}

test("nothing is settled while the ledger is behind the stream", async () => {
  const scene = new Scene();
  scene.isBehind = true;
  assert.equal(await scene.settling.settle(), 0);
  assert.equal(scene.asked, 0);
  scene.isBehind = false;
  assert.equal(await scene.settling.settle(), 3);
  assert.deepEqual(scene.notes, ["usage.abandoned-settled 3"]);
  await scene.settling.close();
});

test("one round at a time, and a failing ledger is told once", async () => {
  const scene = new Scene();
  await Promise.all([scene.settling.settle(), scene.settling.settle()]);
  assert.equal(scene.asked, 1);
  scene.isDown = true;
  await scene.settling.settle();
  await scene.settling.settle();
  assert.deepEqual(scene.notes.slice(1), ["usage.settling-failed Error: no database"]);
  scene.isDown = false;
  assert.equal(await scene.settling.settle(), 3);
  await scene.settling.close();
});
