import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { plantedBugs } from "./simulation/planted-bugs.ts";

// A table of promises is worth what it points at.

const rows = readFileSync("loadtest/INVARIANTS.md", "utf8")
  .split("\n")
  .filter((line) => /^\| I\d+ /.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, name = "", , holders = ""]) => ({ name, holders }));

test("there is a row for each of the twenty-four promises", () => {
  const names = Array.from({ length: 24 }, (_, index) => `I${index + 1}`);
  assert.deepEqual(
    rows.map(({ name }) => name),
    names,
  );
});

const quoted = /"([^"]*)"/g;
const named = /`([a-z][\w./-]*\.ts)`((?:,? "[^"]*")*)/g;

for (const { name, holders } of rows) {
  test(`${name} names what holds it, and all of that exists`, () => {
    const parts = [...holders.matchAll(named)];
    assert.ok(parts.length > 0, "no test or checker is named");
    for (const [, path = "", titles = ""] of parts) {
      assert.ok(existsSync(path), path);
      const source = readFileSync(path, "utf8");
      for (const [, title = ""] of titles.matchAll(quoted)) {
        assert.ok(source.includes(title), `${path} has no test "${title}"`);
      }
    }
  });

  test(`${name} names bugs that its own checkers find`, () => {
    const checkers = [...holders.matchAll(named)].map(([, path = ""]) => basename(path, ".ts"));
    const bugs = [...holders.matchAll(/\(planted ([^)]*)\)/g)]
      .flatMap(([, names = ""]) => [...names.matchAll(/`([^`]*)`/g)])
      .map(([, bug = ""]) => bug);
    for (const bug of bugs) {
      const foundBy = plantedBugs.find((planted) => planted.name === bug)?.foundBy ?? [];
      const isHere = foundBy.some((checker) => checkers.includes(checker));
      assert.ok(isHere, `${bug} is found by ${foundBy.join(", ") || "nobody"}, not by this row`);
    }
  });
}
