import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import { beatMs, LoadShed } from "./load-shed.ts";

const tenant = "acme" as TenantId;

class Stage {
  nowMs = 0;
  readonly shed = new LoadShed(() => this.nowMs);

  constructor() {
    this.shed.setBands([0, 1, 2, 1, 0]);
  }

  beat(lateMs: number): void {
    this.nowMs += beatMs + lateMs;
    this.shed.beat();
  }

  /** Bands that are refused. */
  refused(): readonly number[] {
    return [0, 1, 2].filter((band) => this.shed.refusalFor({ tenant, band }) !== undefined);
  }
}

test("a loop that is late sheds the lowest band first, and takes all again when it keeps time", () => {
  const stage = new Stage();
  stage.beat(900);
  assert.deepEqual(stage.refused(), [], "one pause is no overload");
  stage.beat(5000);
  assert.deepEqual(stage.refused(), [1, 2], "a stall of five seconds");
  stage.beat(0);
  assert.deepEqual(stage.refused(), [2]);
  for (let beat = 0; beat < 3; beat++) stage.beat(0);
  assert.deepEqual(stage.refused(), []);
  for (let beat = 0; beat < 8; beat++) stage.beat(5000);
  assert.deepEqual(stage.refused(), [0, 1, 2]);
  const refusal = stage.shed.refusalFor({ tenant, band: 0 });
  assert.equal(refusal?.code, "overloaded");
  assert.ok((refusal?.retryAfterMs ?? 0) > 0);
});

test("what its queue called overload is refused here for a moment, but for one in eight", () => {
  const stage = new Stage();
  stage.shed.learn(tenant, { code: "queue_full", message: "Full.", retryAfterMs: 9000 });
  assert.deepEqual(stage.refused(), []);
  stage.shed.learn(tenant, { code: "overloaded", message: "Long.", retryAfterMs: 9000 });
  const bolt = "bolt" as TenantId;
  assert.equal(stage.shed.refusalFor({ tenant: bolt, band: 2 }), undefined, "its own only");
  const outcomes = Array.from(
    { length: 16 },
    () => stage.shed.refusalFor({ tenant, band: 0 }) === undefined,
  );
  assert.equal(outcomes.filter((isTaken) => isTaken).length, 2);
  stage.nowMs += 2000;
  assert.equal(stage.shed.refusalFor({ tenant, band: 0 }), undefined, "after two seconds at most");
});

test("while usage cannot be kept nothing is admitted, whatever the band, and then everything is again", () => {
  const stage = new Stage();
  stage.shed.setUsageKept(false);
  assert.deepEqual(stage.refused(), [0, 1, 2]);
  const refusal = stage.shed.refusalFor({ tenant, band: 0 });
  assert.deepEqual([refusal?.code, refusal?.retryAfterMs], ["usage_not_kept", 5_000]);
  stage.shed.setUsageKept(true);
  assert.deepEqual(stage.refused(), []);
});
