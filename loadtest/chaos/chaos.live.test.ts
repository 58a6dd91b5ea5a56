import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { isUnharmed } from "./judge/verdict.ts";
import { runScenario } from "./run-scenario.ts";
import { scenarios } from "./scenarios.ts";

// A bounded part of `npm run chaos`: a real fleet, fewer streams, and the scenarios that cost seconds, not minutes.

const folder = join(mkdtempSync(join(tmpdir(), "fairlead-chaos-test-")), "cluster");
const settings = { FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: "400" };
const plan = { streams: 60, outputTokensMax: 160, times: 2, everyMs: 2_000, say: () => undefined };
let state: ClusterState;

before(async () => {
  state = await clusterUp({ folder, edges: 2, workers: 4, settings });
});
after(async () => {
  await clusterDown(folder);
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

for (const name of ["kill-workers", "stall-worker", "etcd-quorum", "disconnect-storm"]) {
  test(`${name}: no stream fails, no token is lost or repeated, every bill is right, nothing is left`, async (context) => {
    const scenario = scenarios.find((one) => one.name === name);
    assert.ok(scenario !== undefined);
    const row = await runScenario(scenario, state, plan);
    context.diagnostic(JSON.stringify(row));
    assert.ok(row.streams >= plan.streams, "there was load");
    assert.ok(row.faults > 0, "harm was done");
    assert.ok(isUnharmed(row), JSON.stringify(row));
  });
}
