import assert from "node:assert/strict";
import { test } from "node:test";
import type { Environment } from "./environment.ts";
import { EnvironmentError, readEnvironment } from "./environment.ts";

const read = (environment: Environment) =>
  readEnvironment(environment, (reader) => ({
    httpPort: reader.port("HTTP_PORT", 8080),
    drainMs: reader.durationMs("DRAIN", 30_000),
    level: reader.oneOf("LEVEL", ["info", "debug"], "info"),
    workers: reader.integer("WORKERS", { fallback: 4, min: 1, max: 64 }),
    data: reader.text("DATA", ".fairlead"),
    freeze: reader.flag("FREEZE", false),
    token: reader.optionalText("TOKEN"),
  }));

test("an empty environment gives the defaults, and so does an empty or blank setting", () => {
  const defaults = {
    httpPort: 8080,
    drainMs: 30_000,
    level: "info",
    workers: 4,
    data: ".fairlead",
    freeze: false,
    token: undefined,
  };
  assert.deepEqual(read({}), defaults);
  assert.deepEqual(read({ HTTP_PORT: "", DRAIN: "  ", LEVEL: "", WORKERS: "" }), defaults);
});

test("settings are read with their units, and nobody can change them afterwards", () => {
  const settings = read({
    HTTP_PORT: "0",
    DRAIN: "5m",
    LEVEL: "debug",
    WORKERS: " 8 ",
    FREEZE: "Yes",
    TOKEN: "t",
  });
  assert.equal(settings.httpPort, 0);
  assert.equal(settings.drainMs, 300_000);
  assert.equal(settings.level, "debug");
  assert.equal(settings.workers, 8);
  assert.equal(settings.freeze, true);
  assert.equal(settings.token, "t");
  assert.ok(Object.isFrozen(settings));
  for (const [text, expected] of [
    ["250ms", 250],
    ["2s", 2000],
    ["1h", 3_600_000],
  ] as const) {
    assert.equal(read({ DRAIN: text }).drainMs, expected);
  }
});

test("a duration without its unit is refused: twenty of what?", () => {
  assert.throws(() => read({ DRAIN: "20" }), /DRAIN: expected a duration such as/);
});

test("every wrong setting is named in one error, with what was expected and what was found", () => {
  const wrong = {
    HTTP_PORT: "65536",
    DRAIN: "soon",
    LEVEL: "loud",
    WORKERS: "1.5",
    FREEZE: "maybe",
  };
  assert.throws(
    () => read(wrong),
    (error: unknown) => {
      assert.ok(error instanceof EnvironmentError);
      assert.deepEqual(error.problems, [
        'HTTP_PORT: expected a whole number from 0 to 65535, found "65536"',
        'DRAIN: expected a duration such as 250ms, 30s or 5m, found "soon"',
        'LEVEL: expected one of info, debug, found "loud"',
        'WORKERS: expected a whole number from 1 to 64, found "1.5"',
        'FREEZE: expected true or false, found "maybe"',
      ]);
      return true;
    },
  );
});
