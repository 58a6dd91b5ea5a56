import assert from "node:assert/strict";
import { test } from "node:test";
import { poolKey, shardKey } from "./coordination-keys.ts";
import { preferredOwner } from "./preferred-owner.ts";
import type { PoolId } from "#shared/model/ids.ts";

const keys = [
  ...Array.from({ length: 256 }, (_, shard) => shardKey(shard)),
  poolKey("llama" as PoolId),
];
const ownersAmong = (processes: readonly string[]): readonly (string | undefined)[] =>
  keys.map((key) => preferredOwner(key, processes));

test("everyone who sees the same processes prefers the same one, in whatever order", () => {
  assert.deepEqual(ownersAmong(["a", "b", "c"]), ownersAmong(["c", "a", "b"]));
  assert.equal(preferredOwner("/own/shard/1", []), undefined);
});

test("each process is preferred for about its share", () => {
  for (const count of [2, 3, 5, 8]) {
    const processes = Array.from({ length: count }, (_, index) => `control-${index}`);
    const owners = ownersAmong(processes);
    for (const process of processes) {
      const share = owners.filter((owner) => owner === process).length;
      const fair = keys.length / count;
      assert.ok(share > fair / 2 && share < fair * 1.6, `${process} has ${share} of ${fair}`);
    }
  }
});

test("who goes moves its own keys only", () => {
  const before = ownersAmong(["a", "b", "c"]);
  const after = ownersAmong(["a", "c"]);
  for (const [index, owner] of before.entries()) {
    if (owner !== "b") assert.equal(after[index], owner);
  }
});
