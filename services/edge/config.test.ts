import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeConfigDefault, readEdgeConfig } from "./config.ts";

test("an empty environment gives the defaults, frozen", () => {
  const config = readEdgeConfig({});
  assert.deepEqual({ ...config }, { ...edgeConfigDefault });
  assert.ok(Object.isFrozen(config));
});

test("every wrong setting is named at once", () => {
  assert.throws(
    () =>
      readEdgeConfig({ FAIRLEAD_EDGE_BODY_BYTES_MAX: "lots", FAIRLEAD_EDGE_CALL_TIMEOUT: "-1" }),
    (error: Error) =>
      error.message.includes("FAIRLEAD_EDGE_BODY_BYTES_MAX") &&
      error.message.includes("FAIRLEAD_EDGE_CALL_TIMEOUT"),
  );
});
