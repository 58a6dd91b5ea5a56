import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

test("items leave in the order they came, through any growth", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -80, max: 120 }), { maxLength: 30 }), (bursts) => {
      const fifo = new Fifo<number>();
      let pushed = 0;
      let shifted = 0;
      for (const burst of bursts) {
        for (let count = 0; count < burst; count++) fifo.push(pushed++);
        for (let count = 0; count < -burst; count++) {
          assert.equal(fifo.shift(), shifted < pushed ? shifted++ : undefined);
        }
        assert.equal(fifo.length, pushed - shifted);
      }
    }),
  );
});
