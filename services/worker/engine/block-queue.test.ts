import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BlockQueue } from "./block-queue.ts";

const steps = fc.array(
  fc.record({
    act: fc.constantFrom("add", "delete", "take-first"),
    id: fc.integer({ min: 0, max: 9 }),
  }),
);

test("it holds and orders blocks as a set would", () => {
  fc.assert(
    fc.property(steps, (acts) => {
      const queue = new BlockQueue(10);
      const set = new Set<number>();
      for (const { act, id } of acts) {
        const [first] = set;
        assert.equal(queue.first(), first);
        if (act === "add") {
          queue.add(id);
          set.add(id);
        } else {
          const doomed = act === "delete" ? id : first;
          if (doomed !== undefined) assert.equal(queue.delete(doomed), set.delete(doomed));
        }
        assert.equal(queue.size, set.size);
        assert.equal(queue.has(id), set.has(id));
      }
    }),
  );
});
