import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommandLine } from "./command-line.ts";
import { readEmbeddedConfig, unknownEmbeddedSettings } from "./config.ts";

test("wrong settings are named all at once", () => {
  const environment = { FAIRLEAD_HTTP_PORT: "eighty", FAIRLEAD_DRAIN_PATIENCE: "soon" };
  assert.throws(
    () => readEmbeddedConfig(environment),
    /FAIRLEAD_HTTP_PORT[^]*FAIRLEAD_DRAIN_PATIENCE/,
  );
});

test("a misspelt setting is noticed, those of the edge and the command line are not", () => {
  const environment = {
    FAIRLEAD_HTTP_PROT: "1",
    FAIRLEAD_EDGE_OPEN_CALL_MAX: "5",
    FAIRLEAD_HTTP_PORT: "1",
    FAIRLEAD_EDGE_OPEN_CALLS_MAX: "5",
    FAIRLEAD_ADMIN_URL: "http://127.0.0.1:1",
    HOME: "/",
  };
  assert.deepEqual(unknownEmbeddedSettings(environment), [
    "FAIRLEAD_HTTP_PROT",
    "FAIRLEAD_EDGE_OPEN_CALL_MAX",
  ]);
});

test("npm start knows help and nothing else", () => {
  assert.equal(readCommandLine([]).kind, "start");
  assert.equal(readCommandLine(["--help"]).kind, "help");
  assert.equal(readCommandLine(["--port", "1"]).kind, "mistake");
});
