import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TwoGenerations } from "./two-generations.ts";

const generationMax = 4;

test("what was set within the last generation is found, and no more than two are kept", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 12 }), { maxLength: 60 }), (keys) => {
      const map = new TwoGenerations<number, number>(generationMax);
      for (const [at, key] of keys.entries()) {
        map.set(key, at);
        assert.ok(map.size <= 2 * generationMax);
        const recent = keys.slice(Math.max(0, at + 1 - generationMax), at + 1);
        for (const last of recent) assert.equal(map.get(last), keys.lastIndexOf(last, at));
      }
      assert.equal(new Set([...map].map(([key]) => key)).size, map.size);
    }),
  );
});

test("the elder generation is forgotten when the younger is full, and that is said", () => {
  const map = new TwoGenerations<string, number>(2);
  assert.deepEqual(
    ["a", "b", "c", "d", "e"].map((key, at) => map.set(key, at)),
    [false, false, true, false, true],
  );
  assert.deepEqual([map.has("a"), map.get("c"), map.get("e")], [false, 2, 4]);
  map.set("c", 7);
  map.delete("d");
  assert.deepEqual(
    [...map],
    [
      ["e", 4],
      ["c", 7],
    ],
  );
});
