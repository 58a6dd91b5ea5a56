import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lostLine, smiLine } from "./smi-double.ts";
import { smiFields, smiRow } from "./smi-row.ts";

// Lines written after the program's documentation, not recorded from one.

const row = (line: string) => smiRow(line, smiFields);

test("a line is a GPU in base units", () => {
  assert.deepEqual(row(smiLine()), {
    index: "0",
    uuid: "GPU-11111111-2222-3333-4444-555555555555",
    busId: "00000000:1B:00.0",
    name: "NVIDIA H100 80GB HBM3",
    isPartitioned: false,
    figures: {
      busyRatio: 0.97,
      memoryBytes: 81559 * 2 ** 20,
      memoryUsedBytes: 71234 * 2 ** 20,
      powerWatts: 612.34,
      powerLimitWatts: 700,
      eccUncorrected: 0,
    },
  });
});

for (const word of [
  "[N/A]",
  "N/A",
  "[Not Supported]",
  "[Insufficient Permissions]",
  "[Unknown Error]",
]) {
  test(`what is ${word} is absent, and not 0`, () => {
    const told = row(
      smiLine({
        "utilization.gpu": word,
        "power.draw": word,
        "ecc.errors.uncorrected.volatile.total": word,
        "mig.mode.current": word,
        gpu_recovery_action: word,
      }),
    );
    assert.deepEqual(Object.keys(told?.figures ?? {}), [
      "memoryBytes",
      "memoryUsedBytes",
      "powerLimitWatts",
    ]);
    assert.equal(told?.trouble, undefined);
  });
}

test("of a GPU that MIG has split only what is true of each slice is taken", () => {
  const told = row(smiLine({ "mig.mode.current": "Enabled", "utilization.gpu": "[N/A]" }));
  assert.equal(told?.isPartitioned, true);
  assert.deepEqual(told?.figures, { eccUncorrected: 0 });
});

test("a GPU that is lost or wants a reset says so in any cell", () => {
  assert.equal(row(lostLine)?.trouble, "lost");
  assert.equal(row(smiLine({ "power.draw": "[GPU is lost]" }))?.trouble, "lost");
  assert.equal(row(smiLine({ "memory.used": "[GPU requires reset]" }))?.trouble, "needs-reset");
  for (const action of ["Reset", "Reboot", "Drain and Reset"]) {
    assert.equal(row(smiLine({ gpu_recovery_action: action }))?.trouble, "needs-reset", action);
  }
  assert.equal(row(smiLine({ gpu_recovery_action: "Drain P2P" }))?.trouble, undefined);
});

test("what is no such line is none", () => {
  for (const line of [
    "",
    "No devices were found",
    smiLine().replace("612.34", "612.34, 1"),
    smiLine({ "utilization.gpu": "101" }),
    smiLine({ "utilization.gpu": "-1" }),
    smiLine({ "memory.used": "71234 MiB" }),
    smiLine({ "power.draw": "NaN" }),
    smiLine({ "memory.total": "1e30" }),
    smiLine({ uuid: "index" }),
  ]) {
    assert.equal(row(line), undefined, line);
  }
});

test("whatever is said, no figure is out of its bounds", () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom("[N/A]", "[GPU is lost]", "12", "99.9", "GPU-1", "0x1", "Infinity"),
  );
  fc.assert(
    fc.property(fc.array(cell, { minLength: 10, maxLength: 14 }), (cells) => {
      const figures = row(cells.join(", "))?.figures ?? {};
      for (const value of Object.values(figures)) {
        assert.ok(Number.isFinite(value) && value >= 0, String(value));
      }
      assert.ok((figures.busyRatio ?? 0) <= 1);
    }),
  );
});
