import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BodyStalled, gatheredBytesMin, steadyBody } from "./steady-body.ts";

/** Each as a chunk of its own, as the server's parser hands them on. */
const inChunks = (chunks: readonly Buffer[]): Readable => Readable.from(chunks);

async function gather(body: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  for await (const chunk of body) found.push(chunk);
  return found;
}

test("a body in single bytes is handed on in large pieces, and is the same", async () => {
  const bytes = randomBytes(50_000);
  const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const pieces = await gather(steadyBody(inChunks(single), { idleMs: 5_000 }));
  assert.deepEqual(
    pieces.map(({ length }) => length),
    [gatheredBytesMin, gatheredBytesMin, gatheredBytesMin, 50_000 - 3 * gatheredBytesMin],
  );
  assert.ok(Buffer.concat(pieces).equals(bytes));
});

test("pieces of any size come whole and in order", async () => {
  const chunks = [1, 40_000, 16_383, 16_383, 5, 16_384, 0, 3, 100_000, 1].map((size) =>
    randomBytes(size),
  );
  const pieces = await gather(steadyBody(inChunks(chunks), { idleMs: 5_000 }));
  assert.ok(Buffer.concat(pieces).equals(Buffer.concat(chunks)));
  assert.ok(pieces.slice(0, -1).every(({ length }) => length >= gatheredBytesMin));
});

const trickle = (bytes: number, everyMs: number, count: number): Readable =>
  Readable.from(
    (async function* () {
      for (let at = 0; at < count; at++) {
        await sleep(everyMs);
        yield Buffer.alloc(bytes);
      }
    })(),
  );

test("a body that comes too slowly is given up behind its grace, though it never stops", async () => {
  const pace = { idleMs: 5_000, graceMs: 100, bytesPerSecondMin: 10_000 };
  const begunAt = performance.now();
  await assert.rejects(gather(steadyBody(trickle(1, 10, 500), pace)), BodyStalled);
  assert.ok(performance.now() - begunAt < 3_000);
});

test("a body that is slow within its grace, or steady behind it, is taken", async () => {
  const within = { idleMs: 5_000, graceMs: 60_000, bytesPerSecondMin: 10_000 };
  assert.equal((await gather(steadyBody(trickle(1, 10, 20), within))).length, 1);
  const behind = { idleMs: 5_000, graceMs: 50, bytesPerSecondMin: 100 };
  const pieces = await gather(steadyBody(trickle(5_000, 10, 20), behind));
  assert.equal(Buffer.concat(pieces).length, 100_000);
});

test("a reader that takes its time is not the sender's fault", async () => {
  const pace = { idleMs: 5_000, graceMs: 50, bytesPerSecondMin: 1_000_000 };
  const chunks = Array.from({ length: 4 }, () => Buffer.alloc(20_000));
  let bytes = 0;
  for await (const chunk of steadyBody(inChunks(chunks), pace)) {
    bytes += chunk.length;
    await sleep(100);
  }
  assert.equal(bytes, 80_000);
});
