import assert from "node:assert/strict";
import { test } from "node:test";
import { measureMargin } from "#loadtest/bench/margin.ts";
import { scenes } from "./scenes.ts";

// The two causes that no slow machine hides; all five are the bench's.
const wanted = scenes.filter(({ tenant }) => ["reader", "forgetful"].includes(tenant));

test("a whole platform names why a shape of work loses money, and all of its money adds up", async () => {
  const figures = await measureMargin(wanted, {
    forMs: 6_000,
    quickMs: Infinity,
    say: () => undefined,
  });
  assert.deepEqual(
    { shapes: figures.shapes, named_right: figures.named_right, adds_up: figures.adds_up },
    { shapes: 2, named_right: 2, adds_up: true },
    JSON.stringify(figures),
  );
  assert.ok(Math.abs(figures.unattributed_percent) < 1, String(figures.unattributed_percent));
});
