import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedPlaces } from "./closed-places.ts";

test("a closed place stays closed when it is forgotten, and so does every earlier one", () => {
  const places = new ClosedPlaces();
  places.add(3);
  assert.deepEqual([places.has(2), places.has(3), places.has(4)], [false, true, false]);
  for (let place = 10; place < 60_000; place++) places.add(place);
  assert.ok(places.size <= 32_768);
  assert.deepEqual([places.has(2), places.has(3), places.has(59_999)], [true, true, true]);
  assert.equal(places.has(60_000), false);
});

test("a place that is still open is not closed by what was closed lately", () => {
  const places = new ClosedPlaces();
  for (let place = 1; place < 40_000; place++) if (place !== 30_000) places.add(place);
  assert.equal(places.has(30_000), false);
});
