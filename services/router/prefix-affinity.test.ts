import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkerId } from "#shared/model/ids.ts";
import { PrefixAffinity } from "./prefix-affinity.ts";

const [w1, w2] = ["w1" as WorkerId, "w2" as WorkerId];

test("the last worker that got a prefix is remembered, a prompt too short for one never", () => {
  const affinity = new PrefixAffinity(10);
  affinity.remember("p", w1);
  affinity.remember("p", w2);
  affinity.remember("", w1);
  assert.equal(affinity.workerOf("p"), w2);
  assert.equal(affinity.workerOf(""), undefined);
});

test("prefixes unused for a generation are forgotten, used ones stay", () => {
  const affinity = new PrefixAffinity(10);
  affinity.remember("unused", w1);
  for (let index = 0; index < 25; index++) {
    affinity.remember(`p${index}`, w1);
    affinity.remember("used", w2);
  }
  assert.equal(affinity.workerOf("unused"), undefined);
  assert.equal(affinity.workerOf("used"), w2);
});

test("a dead worker holds no prefix", () => {
  const affinity = new PrefixAffinity(2);
  for (const key of ["a", "b", "c"]) affinity.remember(key, key === "b" ? w2 : w1);
  affinity.forget(w1);
  assert.deepEqual(
    ["a", "b", "c"].map((key) => affinity.workerOf(key)),
    [undefined, w2, undefined],
  );
});
