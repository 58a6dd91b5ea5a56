import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { folderObjectStore } from "./folder-object-store.ts";
import { inPieces, objectStoreCases, sha256 } from "./object-store.cases.ts";

const root = mkdtempSync(join(tmpdir(), "fairlead-objects-"));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const freshFolder = (): string => join(root, `${++folders}`);

objectStoreCases("a folder", async () => {
  const folder = freshFolder();
  return {
    store: folderObjectStore({ folder, patienceMs: 300 }),
    replace: (digest, bytes) => writeFileSync(join(folder, digest), bytes),
    names: () => readdirSync(folder),
  };
});

test("what a crash left half written is gone at the next start, what is whole stays", async () => {
  const folder = freshFolder();
  const bytes = randomBytes(10);
  const digest = sha256(bytes);
  await folderObjectStore({ folder }).put({ digest, bytes: 10, body: inPieces(bytes) });
  writeFileSync(join(folder, `${digest}.${randomUUID()}.part`), "half");
  writeFileSync(join(folder, "note.txt"), "somebody's own");
  const again = folderObjectStore({ folder });
  assert.deepEqual(await again.head(digest), { bytes: 10 });
  assert.deepEqual(readdirSync(folder).toSorted(), [digest, "note.txt"].toSorted());
});

test("a folder in the place of an object is no object", async () => {
  const folder = freshFolder();
  const store = folderObjectStore({ folder });
  const digest = "0".repeat(64);
  mkdirSync(join(folder, digest));
  assert.equal(await store.head(digest), undefined);
});

test("what is there is listed, and nothing that is no object", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-objects-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const store = folderObjectStore({ folder });
  const bytes = randomBytes(10);
  const digest = sha256(bytes);
  await store.put({ digest, bytes: 10, body: inPieces(bytes) });
  writeFileSync(join(folder, "note.txt"), "somebody's own");
  assert.deepEqual(await store.list?.(), [digest]);
});
