import assert from "node:assert/strict";
import { test } from "node:test";
import { finalEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { mergeKept } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { gpuEntryOf } from "#shared/model/gpu-word.cases.ts";
import { packFrames, unpackFrames } from "./frame.ts";

const entriesOf = (count: number): UsageEntry[] =>
  [...Array(count).keys()].map((at) =>
    finalEntry({ tenant: tenant("acme"), requestId: request(`r${at}`) }),
  );

const frames = [3, 1, 260].map((count) => packFrames(entriesOf(count)));
const whole = Buffer.concat(frames);

test("what is packed is unpacked, frame after frame", () => {
  const { entries, wholeBytes, unreadable } = unpackFrames(whole);
  assert.equal(entries.length, 264);
  assert.deepEqual(entries.slice(0, 3), entriesOf(3));
  assert.equal(wholeBytes, whole.length);
  assert.equal(unreadable, 0);
});

test("an end that is torn anywhere is cut off, and nothing before it is lost", () => {
  const [first = whole, second = whole] = frames;
  const before = first.length + second.length;
  const places = [1, 3, 4, 8, 11, 12, 13, 500, whole.length - before - 1];
  for (const torn of places) {
    const { entries, wholeBytes, unreadable } = unpackFrames(whole.subarray(0, before + torn));
    const isFirstOfTwo = torn === whole.length - before - 1;
    assert.equal(entries.length, isFirstOfTwo ? 4 + 130 : 4, `torn at ${torn}`);
    assert.equal(unreadable, 0);
    if (!isFirstOfTwo) assert.equal(wholeBytes, before);
  }
});

test("a bit that flipped in the middle costs its own frame, and is told apart from a torn end", () => {
  const [first = whole, second = whole] = frames;
  for (const at of [0, 5, 9, 40]) {
    const spoilt = Buffer.from(whole);
    spoilt.writeUInt8(spoilt.readUInt8(first.length + at) ^ 1, first.length + at);
    const { entries, unreadable, wholeBytes } = unpackFrames(spoilt);
    assert.equal(entries.length, 263, `flipped at ${at}`);
    assert.equal(unreadable, 1);
    assert.equal(wholeBytes, whole.length);
  }
  assert.ok(second.length > 40);
});

test("zeros where a block was allotted and never written are a torn end", () => {
  const { entries, wholeBytes } = unpackFrames(Buffer.concat([whole, Buffer.alloc(4096)]));
  assert.equal(entries.length, 264);
  assert.equal(wholeBytes, whole.length);
});

test("an empty list is a frame too: it tries a disk", () => {
  assert.ok(packFrames([]).length > 12);
  assert.deepEqual(unpackFrames(packFrames([])).entries, []);
});

test("usage and GPU time lie in one file, and are told apart", () => {
  const gpuTime = gpuEntryOf({});
  const [first] = entriesOf(1);
  assert.ok(first);
  const { entries, unreadable } = unpackFrames(packFrames([{ gpuTime }, first, { gpuTime }]));
  assert.deepEqual(entries, [first, { gpuTime }, { gpuTime }]);
  assert.equal(unreadable, 0);
  assert.deepEqual(unpackFrames(packFrames([{ gpuTime }])).entries, [{ gpuTime }]);
});

test("a word of more tenants than a frame has room for is kept as several, which merge into it", () => {
  const tenants = [...Array(5_000).keys()].map((at) => ({
    tenant: tenant(`tenant-${at}`),
    requestsUs: at,
    recomputeUs: 0,
  }));
  const { entries, unreadable } = unpackFrames(packFrames([{ gpuTime: gpuEntryOf({ tenants }) }]));
  assert.ok(entries.length > 1);
  assert.equal(unreadable, 0);
  assert.deepEqual(mergeKept(entries), [{ gpuTime: gpuEntryOf({ tenants }) }]);
});
