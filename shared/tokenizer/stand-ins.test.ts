import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { standIns } from "./stand-ins.ts";

const veilFor = standIns(["<|im_start|>", "<s>", "[INST]", "｜x｜"]);
const lowest = "\u{100000}";

test("covered, a text begins no special token; uncovered it is as it was", () => {
  const any = fc.string({ unit: fc.constantFrom("<", "[", "｜", "a", " ", lowest, "\u{100001}") });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 4 }), (texts) => {
      const veil = veilFor(texts);
      assert.ok(veil);
      for (const text of texts) {
        const covered = veil.cover(text);
        assert.doesNotMatch(covered, /[<[｜]/);
        assert.equal(veil.uncover(covered), text);
      }
    }),
  );
});

test("texts that use up every character that could stand in have no veil", () => {
  const all = Array.from({ length: 0xfffe }, (_, index) => String.fromCodePoint(0x10_0000 + index));
  assert.equal(veilFor(["<", all.join("")]), undefined);
  assert.ok(veilFor([all.join("")]), "nothing is to be covered");
});
