import assert from "node:assert/strict";
import { test } from "node:test";
import type { Adapter, Fleet } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { leftBehind } from "./left-behind.ts";

const pool = (id: string, model: string): Fleet["pools"][number] => ({
  id: id as PoolId,
  model,
  region: "eu",
  class: "interactive",
});

const moved = (from: string, to: string, fields: Partial<Rollout> = {}): Rollout => ({
  id: "r1",
  model: from,
  name: "",
  from: baseModel,
  to: baseModel,
  fromModel: from,
  toModel: to,
  share: 10_000,
  shadowShare: 0,
  isOver: true,
  ...fields,
});

const tone: Adapter = {
  name: "tone",
  digest: "a".repeat(64) as AdapterDigest,
  model: "old",
  bytes: 1,
  tenants: [],
};

const names = (rollouts: readonly Rollout[], adapters: readonly Adapter[] = []) =>
  leftBehind({ pools: [], adapters, rollouts }, "old", new Map()).names;

test("a pool's requests are told where its router answers, and pools of other models are not", () => {
  const pools = [pool("old.eu", "old"), pool("old.us", "old"), pool("new.eu", "new")];
  const left = leftBehind({ pools, adapters: [] }, "old", new Map([["old.eu" as PoolId, 3]]));
  assert.deepEqual(left.pools, [{ pool: "old.eu", requests: 3 }, { pool: "old.us" }]);
});

test("a name leads to the old model until it is moved for all, and adapters' names always do", () => {
  assert.deepEqual(names([]), ["old"]);
  assert.deepEqual(names([moved("old", "new", { isOver: false })]), ["old"]);
  assert.deepEqual(names([moved("old", "new", { tenant: "acme" as TenantId })]), ["old"]);
  assert.deepEqual(names([moved("old", "new")]), []);
  assert.deepEqual(names([moved("old", "new")], [tone]), ["old:tone"]);
});

test("another model's name that was moved here, or is on its way here, leads here too", () => {
  assert.deepEqual(names([moved("old", "new"), moved("third", "old")]), ["third"]);
  const onItsWay = moved("third", "old", { isOver: false });
  assert.deepEqual(names([moved("old", "new"), onItsWay]), ["third"]);
  const back = moved("old", "old", { fromModel: "new", isOver: false });
  assert.deepEqual(names([moved("old", "new"), back]), ["old"]);
});
