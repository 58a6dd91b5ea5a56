import assert from "node:assert/strict";
import { test } from "node:test";
import { poolKey, shardKey } from "./coordination-keys.ts";
import { preferredOwner } from "./preferred-owner.ts";
import type { PoolId } from "#shared/model/ids.ts";

const keys = [
  ...Array.from({ length: 256 }, (_, shard) => shardKey(shard)),
  poolKey("llama" as PoolId),
];
/** A process is called as its zone and a number. */
const placed = (processes: readonly string[]): ReadonlyMap<string, string> =>
  new Map(processes.map((process) => [process, process.replace(/\d*$/, "")]));
const ownersAmong = (processes: readonly string[]): readonly (string | undefined)[] =>
  keys.map((key) => preferredOwner(key, placed(processes)));

test("everyone who sees the same processes prefers the same one, in whatever order", () => {
  assert.deepEqual(ownersAmong(["a", "b", "c"]), ownersAmong(["c", "a", "b"]));
  assert.equal(preferredOwner("/own/shard/1", new Map()), undefined);
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

test("zones share evenly, whatever stands in each, and a zone's own processes share its part", () => {
  const owners = ownersAmong(["a1", "a2", "a3", "b1", "c1"]);
  const shareOf = (zone: string): number =>
    owners.filter((owner) => owner?.startsWith(zone)).length;
  for (const zone of ["a", "b", "c"]) {
    const fair = keys.length / 3;
    assert.ok(Math.abs(shareOf(zone) - fair) < fair / 4, `${zone} has ${shareOf(zone)} of ${fair}`);
  }
  for (const process of ["a1", "a2", "a3"]) {
    assert.ok(shareOf(process) > shareOf("a") / 5, `${process} has ${shareOf(process)}`);
  }
});

test("a zone that goes moves its own keys only, and those to every other zone", () => {
  const before = ownersAmong(["a1", "a2", "b1", "b2", "c1"]);
  const after = ownersAmong(["b1", "b2", "c1"]);
  const moved = new Set<string>();
  for (const [index, owner] of before.entries()) {
    if (owner?.startsWith("a") === true) moved.add(after[index] ?? "");
    else assert.equal(after[index], owner);
  }
  assert.deepEqual([...moved].toSorted(), ["b1", "b2", "c1"]);
});
