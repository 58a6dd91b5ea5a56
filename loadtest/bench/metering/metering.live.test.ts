import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runMetering } from "./run-metering.ts";

test("an emitter that is killed, and a stream that loses its store, cost no account and bill none twice", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "metering-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const figures = await runMetering({
    folder,
    servers: 1,
    emitters: 2,
    meterings: 1,
    perSecond: 400,
    hasOutbox: true,
    seconds: 5,
    faults: ["kill-emitter", "wipe-nats"],
    say: () => undefined,
  });
  assert.ok(figures.handed_in > 500, `${figures.handed_in} handed in`);
  const { lost, duplicated, conservation_error_pct } = figures;
  assert.deepEqual(
    { lost, duplicated, conservation_error_pct },
    { lost: 0, duplicated: 0, conservation_error_pct: 0 },
  );
});
