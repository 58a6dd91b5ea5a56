import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flushStopScan, scanText, startStopScan } from "./stop-strings.ts";

const few = (constraints: fc.StringConstraints): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: fc.constantFrom("a", "b") });

function shownOf(parts: readonly string[], stops: readonly string[]): string {
  const scan = startStopScan(stops);
  let shown = "";
  for (const part of parts) shown += scanText(scan, part);
  return shown + flushStopScan(scan);
}

test("every split of a text is cut at the same place", () => {
  fc.assert(
    fc.property(
      fc.array(few({ maxLength: 6 }), { maxLength: 8 }),
      fc.array(few({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
      (parts, stops) => {
        const whole = parts.join("");
        assert.equal(shownOf(parts, stops), shownOf([whole], stops));
        assert.equal(shownOf(whole.split(""), stops), shownOf([whole], stops));
      },
    ),
    { numRuns: 2000 },
  );
});

test("a cut text holds no stop string, nor does an uncut one lack a character", () => {
  fc.assert(
    fc.property(few({ maxLength: 30 }), few({ minLength: 1, maxLength: 4 }), (whole, stop) => {
      const at = whole.indexOf(stop);
      assert.equal(shownOf(whole.split(""), [stop]), at < 0 ? whole : whole.slice(0, at));
    }),
  );
});

test("the stop string that completes first counts, and of those the longest", () => {
  assert.equal(shownOf(["xabcdex"], ["abcde", "cd"]), "xab");
  assert.equal(shownOf(["xabcdex"], ["cd", "bcd", "d"]), "xa");
});

test("only what could begin a stop string is held back", () => {
  const scan = startStopScan(["END", "E..."]);
  assert.equal(scanText(scan, "the EN"), "the ");
  assert.equal(scan.heldBack, "EN");
  assert.equal(scanText(scan, "E"), "EN");
  assert.equal(scanText(scan, "x"), "Ex");
  assert.equal(scanText(scan, "ENDED"), "");
  assert.equal(scan.isStopped, true);
  assert.equal(scanText(scan, "more"), "");
});

test("an empty stop string stops nothing", () => {
  assert.equal(shownOf(["text"], [""]), "text");
});
