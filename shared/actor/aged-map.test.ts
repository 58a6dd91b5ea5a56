import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AgedMap } from "./aged-map.ts";

const steps = fc.array(
  fc.record({
    act: fc.constantFrom("set", "set", "delete", "forget-oldest"),
    key: fc.integer({ min: 0, max: 120 }),
  }),
  { maxLength: 600 },
);

test("it holds and orders what a plain map would, whatever is set, deleted and forgotten", () => {
  fc.assert(
    fc.property(steps, (acts) => {
      const aged = new AgedMap<number, number>();
      const plain = new Map<number, number>();
      for (const [value, { act, key }] of acts.entries()) {
        if (act === "set") {
          plain.delete(key);
          plain.set(key, value);
          aged.set(key, value);
        } else {
          const [oldest] = plain;
          assert.deepEqual(aged.oldest(), oldest);
          const doomed = act === "delete" ? key : oldest?.[0];
          if (doomed !== undefined) assert.equal(aged.delete(doomed), plain.delete(doomed));
        }
        assert.equal(aged.get(key), plain.get(key));
        assert.equal(aged.has(key), plain.has(key));
      }
      assert.deepEqual([...aged.keys()], [...plain.keys()]);
      assert.equal(aged.size, plain.size);
    }),
  );
});
