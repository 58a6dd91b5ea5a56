import assert from "node:assert/strict";
import { test } from "node:test";
import { gguf, ggufSaid } from "./adapter-files.cases.ts";
import { Flaw } from "./flaw.ts";
import { GgufReading } from "./gguf-header.ts";

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (said: string): Buffer =>
  Buffer.concat([long(Buffer.byteLength(said)), Buffer.from(said)]);

interface List {
  readonly type: number;
  readonly length: number;
  readonly bytes: Buffer;
}

/** A whole header: no tensors, these lists, and its padding. */
function lists(given: readonly List[]): Buffer {
  const entries = given.flatMap(({ type, length, bytes }, index) => [
    text(`k${index}`),
    word(9),
    word(type),
    long(length),
    bytes,
  ]);
  const header = Buffer.concat([
    Buffer.from("GGUF"),
    word(3),
    long(0),
    long(given.length),
    ...entries,
  ]);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32)]);
}

const bytesOfType = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);

function read(file: Buffer, size: number) {
  const reading = new GgufReading();
  for (let at = 0; at < file.length; at += size) {
    const header = reading.add(file.subarray(at, at + size));
    if (header !== undefined) return { ...header, at: Math.min(at + size, file.length) };
  }
  return undefined;
}

test("a header is the same however it is cut, and what is behind it comes back", () => {
  const file = gguf();
  const whole = read(file, file.length);
  assert.ok(whole !== undefined);
  assert.equal(whole.plan.said.get("general.architecture"), ggufSaid["general.architecture"]);
  assert.ok(whole.rest.equals(file.subarray(whole.plan.headerBytes)));
  for (let size = 1; size < 200; size++) {
    const cut = read(file, size);
    assert.deepEqual(cut?.plan, whole.plan);
    assert.ok(cut?.rest.equals(file.subarray(whole.plan.headerBytes, cut.at)));
  }
});

test("lists of every type are read over to their last byte", () => {
  const all = [...bytesOfType].map(([type, bytes]) => ({
    type,
    length: 7,
    bytes: Buffer.alloc(7 * bytes),
  }));
  const texts = { type: 8, length: 3, bytes: Buffer.concat([text("a"), text(""), text("zwölf")]) };
  const file = lists([...all, texts, { type: 8, length: 0, bytes: Buffer.alloc(0) }]);
  for (const size of [1, 7, 64, file.length]) {
    assert.equal(read(file, size)?.plan.headerBytes, file.length);
    assert.equal(read(file.subarray(0, -1), size), undefined);
  }
});

test("a list of lists, of no type, of wrong flags, of wrong texts is none", () => {
  for (const [type, bytes] of [
    [9, Buffer.alloc(20)],
    [13, Buffer.alloc(20)],
    [7, Buffer.from([0, 2])],
    [8, Buffer.concat([long(1), Buffer.from([0xff]), text("")])],
  ] as const) {
    assert.throws(() => read(lists([{ type, length: 2, bytes }]), 10_000), Flaw);
  }
});

/** Of this thread, so that others on the machine do not matter. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

test("the work for a slice is bounded by the slice, in the longest header that may be", () => {
  const bytes = Buffer.alloc(65_536 - 64);
  const octets = Array.from({ length: 63 }, () => ({ type: 0, length: bytes.length, bytes }));
  const empty = Array.from({ length: 8 }, () => ({
    type: 8,
    length: 65_536 - 64,
    bytes: Buffer.alloc(8 * (65_536 - 64)),
  }));
  for (const file of [lists(octets), lists(empty.slice(0, 7))]) {
    assert.ok(file.length > 3.4 * 1024 ** 2);
    const reading = new GgufReading();
    let worst = 0;
    for (let at = 0; at < file.length; at += 65_536) {
      const slice = file.subarray(at, at + 65_536);
      worst = Math.max(
        worst,
        cpuMs(() => void reading.add(slice)),
      );
    }
    assert.ok(worst < 40, `${worst} ms for one slice`);
  }
});
