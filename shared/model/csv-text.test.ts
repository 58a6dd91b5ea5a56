import assert from "node:assert/strict";
import { test } from "node:test";
import { csvText } from "./csv-text.ts";

test("a cell is quoted where it must be, and nothing is left of an absent one", () => {
  assert.equal(
    csvText(
      ["a", "b", "c"],
      [
        ["x,y", 'say "no"', null],
        ["two\nlines", 7, ""],
      ],
    ),
    'a,b,c\r\n"x,y","say ""no""",\r\n"two\nlines",7,\r\n',
  );
});

test("no words begin a formula, and a negative number stays one", () => {
  for (const words of ["=1+1", "+1", "-2+3", "@sum", "\tx", "-a"]) {
    assert.ok(csvText([words], []).replace(/^"/, "").startsWith(`'${words}`), words);
  }
  assert.equal(csvText(["-0.50", "-3"], [[-1.5, -2]]), "-0.50,-3\r\n-1.5,-2\r\n");
});
