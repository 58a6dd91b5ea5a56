import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { folderObjectStore } from "#shared/object-store/folder-object-store.ts";
import { ObjectFault } from "#shared/object-store/object-store.ts";
import { FetchedAdapters } from "./fetched-adapters.ts";

async function stage(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "fairlead-fetched-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const own = folderObjectStore({ folder: join(root, "objects") });
  let reads = 0;
  const store = {
    ...own,
    get: (digest: string) => {
      reads += 1;
      return own.get(digest);
    },
  };
  const bytes = randomBytes(300_000);
  const digest = createHash("sha256").update(bytes).digest("hex") as AdapterDigest;
  const put = {
    digest,
    bytes: bytes.length,
    body: (async function* () {
      yield bytes;
    })(),
  };
  await own.put(put);
  const folder = join(root, "adapters");
  return { root, store, folder, bytes, digest, reads: () => reads };
}

test("an adapter is fetched once, whoever asks at the same time, and then is there", async (context) => {
  const { store, folder, bytes, digest, reads } = await stage(context);
  const fetched = new FetchedAdapters(store, folder);
  const paths = await Promise.all([1, 2, 3].map(() => fetched.fetch(digest)));
  assert.equal(await fetched.fetch(digest), paths[0]);
  assert.equal(new Set(paths).size, 1);
  assert.ok(readFileSync(paths[0] ?? "").equals(bytes));
  assert.equal(reads(), 1);
});

test("bytes that changed in the store are no adapter, and leave no file", async (context) => {
  const { root, store, folder, bytes, digest } = await stage(context);
  const fetched = new FetchedAdapters(store, folder);
  writeFileSync(join(root, "objects", digest), randomBytes(bytes.length));
  await assert.rejects(fetched.fetch(digest), (error) => error instanceof ObjectFault);
  assert.deepEqual(readdirSync(folder), []);
  writeFileSync(join(root, "objects", digest), bytes);
  assert.ok((await fetched.fetch(digest)) !== undefined);
});

test("what the store has not is undefined; what the fleet does not know goes; a start begins anew", async (context) => {
  const { store, folder, digest } = await stage(context);
  const fetched = new FetchedAdapters(store, folder);
  assert.equal(await fetched.fetch("0".repeat(64) as AdapterDigest), undefined);
  await fetched.fetch(digest);
  writeFileSync(join(folder, "note.txt"), "somebody's own");
  fetched.keepOnly(new Set([digest]));
  assert.deepEqual(readdirSync(folder).toSorted(), [digest, "note.txt"].toSorted());
  fetched.keepOnly(new Set());
  assert.deepEqual(readdirSync(folder), ["note.txt"]);
  await fetched.fetch(digest);
  const next = new FetchedAdapters(store, folder);
  assert.deepEqual(readdirSync(folder), ["note.txt"]);
  assert.ok((await next.fetch(digest)) !== undefined);
});
