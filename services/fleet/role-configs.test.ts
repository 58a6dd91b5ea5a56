import assert from "node:assert/strict";
import { test } from "node:test";
import { readEdgeProcessConfig, unknownRoleSettings } from "./role-configs.ts";

test("an edge's wrong settings are named in one round, those of every role and its own bounds", () => {
  const environment = { FAIRLEAD_HTTP_PORT: "eighty", FAIRLEAD_EDGE_BODY_BYTES_MAX: "lots" };
  assert.throws(
    () => readEdgeProcessConfig(environment),
    /FAIRLEAD_PROCESS: not set[^]*FAIRLEAD_HTTP_PORT[^]*FAIRLEAD_EDGE_BODY_BYTES_MAX/,
  );
});

test("a setting that is misspelt or another role's is noticed; the commands' own are not", () => {
  const environment = {
    FAIRLEAD_EDGE_OPEN_CALL_MAX: "5",
    FAIRLEAD_EDGE_OPEN_CALLS_MAX: "5",
    FAIRLEAD_WORKER_HOST: "host-1",
    FAIRLEAD_ADMIN_URL: "http://127.0.0.1:1",
    FAIRLEAD_CLUSTER_FOLDER: "/x",
  };
  assert.deepEqual(unknownRoleSettings("edge", environment), [
    "FAIRLEAD_EDGE_OPEN_CALL_MAX",
    "FAIRLEAD_WORKER_HOST",
  ]);
});
