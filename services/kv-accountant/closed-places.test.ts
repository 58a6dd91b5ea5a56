import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedPlaces } from "./closed-places.ts";

test("a closed place stays closed when it is forgotten, and so does every earlier one", () => {
  const places = new ClosedPlaces();
  places.add(3);
  assert.deepEqual([places.has(2), places.has(3), places.has(4)], [false, true, false]);
  for (let place = 10; place < 20_000; place++) places.add(place);
  assert.equal(places.size, 16_384);
  assert.deepEqual([places.has(2), places.has(3), places.has(19_999)], [true, true, true]);
  assert.equal(places.has(20_000), false);
});
