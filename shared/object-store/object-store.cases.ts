// The contract of every object store, as one suite.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { ObjectFaultKind, ObjectStore } from "./object-store.ts";
import { ObjectFault, objectBytesMax } from "./object-store.ts";

export interface StoreStage {
  readonly store: ObjectStore;
  /** Replaces what lies there, behind the store's back, by bytes of the same or another length. */
  readonly replace: (digest: string, bytes: Buffer) => void;
  /** What lies there, finished or not: names of files. */
  readonly names: () => readonly string[];
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** In pieces of odd sizes, as they come from a socket. */
export async function* inPieces(
  bytes: Uint8Array,
  size: number = 65_521,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const isFault =
  (kind: ObjectFaultKind) =>
  (error: unknown): true => {
    assert.ok(error instanceof ObjectFault, String(error));
    assert.equal(error.kind, kind, error.message);
    return true;
  };

const putOf = (bytes: Buffer) => ({
  digest: sha256(bytes),
  bytes: bytes.length,
  body: inPieces(bytes),
});

export function objectStoreCases(name: string, open: () => Promise<StoreStage>): void {
  const law = (sentence: string, check: (stage: StoreStage) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => check(await open()));
  };

  for (const size of [0, 1, 65_536, 5_242_880, 12_000_001]) {
    law(`${size} bytes come back as they went`, async ({ store }) => {
      const bytes = randomBytes(size);
      await store.put(putOf(bytes));
      const { bytes: length, body } = await store.get(sha256(bytes));
      assert.equal(length, size);
      assert.ok(bytes.equals(await bytesOf(body)));
      assert.deepEqual(await store.head(sha256(bytes)), { bytes: size });
    });
  }

  law("what is not there is missing, and has no head", async ({ store }) => {
    const digest = sha256(randomBytes(8));
    await assert.rejects(store.get(digest), isFault("missing"));
    assert.equal(await store.head(digest), undefined);
  });

  law("what is put twice is there once, and deleted once and for all", async ({ store }) => {
    const bytes = randomBytes(1_000);
    await store.put(putOf(bytes));
    await store.put(putOf(bytes));
    await store.delete(sha256(bytes));
    await store.delete(sha256(bytes));
    assert.equal(await store.head(sha256(bytes)), undefined);
  });

  for (const [what, size] of [
    ["", 100_000],
    [", a large one", 12_000_000],
  ] as const) {
    law(
      `a body of other bytes than its digest${what} is corrupt, and leaves nothing`,
      async (stage) => {
        const [promised, sent] = [randomBytes(size), randomBytes(size)];
        const before = stage.names();
        const put = { ...putOf(promised), body: inPieces(sent) };
        await assert.rejects(stage.store.put(put), isFault("corrupt"));
        assert.equal(await stage.store.head(put.digest), undefined);
        assert.deepEqual(stage.names(), before);
      },
    );
  }

  law("a body that is shorter or longer than it says is corrupt", async ({ store }) => {
    const bytes = randomBytes(70_000);
    for (const length of [69_999, 70_001]) {
      await assert.rejects(store.put({ ...putOf(bytes), bytes: length }), isFault("corrupt"));
    }
    assert.equal(await store.head(sha256(bytes)), undefined);
  });

  law("a body that breaks off is not there", async ({ store }) => {
    const bytes = randomBytes(200_000);
    const broken = (async function* () {
      yield bytes.subarray(0, 100_000);
      throw new Error("the client hung up");
    })();
    await assert.rejects(store.put({ ...putOf(bytes), body: broken }));
    assert.equal(await store.head(sha256(bytes)), undefined);
  });

  law("bytes that changed where they lie are not read as if they had not", async (stage) => {
    const bytes = randomBytes(300_000);
    for (const other of [randomBytes(300_000), bytes.subarray(0, 299_999)]) {
      await stage.store.delete(sha256(bytes));
      await stage.store.put(putOf(bytes));
      stage.replace(sha256(bytes), other);
      const { body } = await stage.store.get(sha256(bytes));
      await assert.rejects(bytesOf(body), isFault("corrupt"));
    }
  });

  law("a source that stalls is given up in time", async ({ store }) => {
    const bytes = randomBytes(100);
    const { promise, resolve } = Promise.withResolvers<void>();
    const stalled = (async function* () {
      yield bytes.subarray(0, 50);
      await promise;
    })();
    const put = { ...putOf(bytes), body: stalled };
    await assert.rejects(store.put(put), isFault("slow"));
    resolve();
    assert.equal(await store.head(put.digest), undefined);
  });

  law("a reader may leave early", async ({ store }) => {
    const bytes = randomBytes(400_000);
    await store.put(putOf(bytes));
    for await (const chunk of (await store.get(sha256(bytes))).body) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.ok(bytes.equals(await bytesOf((await store.get(sha256(bytes))).body)));
  });

  law("nothing but a digest is a key, and no size is without bound", async ({ store }) => {
    const bytes = Buffer.from("x");
    for (const key of ["../../etc/passwd", "", "A".repeat(64), `${"a".repeat(64)}/../x`, "a"]) {
      await assert.rejects(store.put({ ...putOf(bytes), digest: key }), TypeError);
      await assert.rejects(async () => store.get(key), TypeError);
      await assert.rejects(async () => store.head(key), TypeError);
      await assert.rejects(async () => store.delete(key), TypeError);
    }
    const huge = { ...putOf(bytes), bytes: objectBytesMax + 1 };
    await assert.rejects(store.put(huge), isFault("too-large"));
  });
}
