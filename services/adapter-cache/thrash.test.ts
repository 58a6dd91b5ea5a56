import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { evicted, isThrashing, wantedAgain, watchThrash } from "./thrash.ts";

const name = (at: number): AdapterDigest => `adapter-${at}` as AdapterDigest;

/** So many leave 100 ms apart, and each is loaded again `afterMs` later. When it was first said to thrash. */
function play(count: number, afterMs: number) {
  const watch = watchThrash();
  let saidAtMs: number | undefined;
  const due: { readonly atMs: number; readonly digest: AdapterDigest }[] = [];
  for (let at = 0; at < count; at++) {
    const nowMs = at * 100;
    evicted(watch, name(at), nowMs);
    due.push({ atMs: nowMs + afterMs, digest: name(at) });
    while ((due[0]?.atMs ?? Infinity) <= nowMs) {
      const next = due.shift();
      if (next !== undefined && wantedAgain(watch, next.digest, nowMs)) saidAtMs ??= nowMs;
    }
  }
  return { watch, saidAtMs, endMs: count * 100 };
}

test("it thrashes where most of what leaves is wanted again soon, and that is said once", () => {
  const { watch, saidAtMs, endMs } = play(60, 300);
  assert.ok(saidAtMs !== undefined && saidAtMs < 3000);
  assert.ok(isThrashing(watch, endMs));
  assert.equal(wantedAgain(watch, name(59), endMs), false);
});

test("what comes back after long, or never, is no thrashing", () => {
  assert.equal(play(300, 10_001).saidAtMs, undefined);
  assert.equal(play(300, 1e9).saidAtMs, undefined);
});

test("few evictions are no thrashing, whatever share of them was a mistake", () => {
  assert.equal(play(7, 0).saidAtMs, undefined);
});

test("quiet ends it", () => {
  const { watch, endMs } = play(60, 300);
  assert.ok(!isThrashing(watch, endMs + 30_000));
});

test("what it remembers is bounded", () => {
  assert.ok(play(2000, 1e9).watch.evictedAtMs.size <= 256);
});
