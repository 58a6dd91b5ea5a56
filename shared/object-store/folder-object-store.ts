// Objects as files of one folder, each named by its digest. A file is there whole or not at all: it is written beside its
// place, synced, renamed, and its folder is synced; what a crash leaves half written is removed at the next start.

import { randomUUID } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkedBody } from "./checked-body.ts";
import type { ObjectHead, ObjectStore, PutObject, StoredObject } from "./object-store.ts";
import { ObjectFault, assertDigest, assertSize, digestForm } from "./object-store.ts";

export interface FolderStoreOptions {
  readonly folder: string;
  /** For one chunk of a body. */
  readonly patienceMs?: number;
}

const patienceDefaultMs = 30_000;
const halfWritten = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.part$/;

/** Makes the folder. One process at a time has it, as it has the whole data directory. */
export function folderObjectStore({
  folder,
  patienceMs = patienceDefaultMs,
}: FolderStoreOptions): ObjectStore {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (halfWritten.test(name)) rmSync(join(folder, name), { force: true });
  }
  const placeOf = (digest: string): string => {
    assertDigest(digest);
    return join(folder, digest);
  };
  return {
    async put(put) {
      assertSize(put.bytes);
      const place = placeOf(put.digest);
      const found = await headOf(place);
      if (found?.bytes === put.bytes) return;
      await writeWhole(folder, place, { put, patienceMs });
    },
    async get(digest): Promise<StoredObject> {
      const place = placeOf(digest);
      const found = await headOf(place);
      if (found === undefined) {
        throw new ObjectFault("missing", `there is no object ${digest.slice(0, 12)}`);
      }
      const { bytes } = found;
      return { bytes, body: checkedBody(readFile(place), { digest, bytes, patienceMs }) };
    },
    head: (digest) => headOf(placeOf(digest)),
    async delete(digest) {
      await asFault(rm(placeOf(digest), { force: true }));
    },
    list: async () => (await asFault(readdir(folder))).filter((name) => digestForm.test(name)),
  };
}

interface Writing {
  readonly put: PutObject;
  readonly patienceMs: number;
}

async function writeWhole(
  folder: string,
  place: string,
  { put, patienceMs }: Writing,
): Promise<void> {
  const beside = `${place}.${randomUUID()}.part`;
  try {
    const file = await asFault(open(beside, "wx", 0o600));
    try {
      for await (const chunk of checkedBody(put.body, { ...put, patienceMs })) {
        await asFault(file.writeFile(chunk));
      }
      await asFault(file.sync());
    } finally {
      await file.close();
    }
    await asFault(rename(beside, place));
    await asFault(syncFolder(folder));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** So that the name outlives a crash, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function headOf(place: string): Promise<ObjectHead | undefined> {
  try {
    const found = await stat(place);
    return found.isFile() ? { bytes: found.size } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw faultOf(error);
  }
}

async function* readFile(place: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(place)) yield chunk as Uint8Array;
  } catch (error) {
    throw faultOf(error);
  }
}

const asFault = <Value>(doing: Promise<Value>): Promise<Value> =>
  doing.catch((error: unknown) => {
    throw faultOf(error);
  });

function faultOf(error: unknown): ObjectFault {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new ObjectFault("missing", "the object is gone", { cause: error });
  if (code === "EACCES" || code === "EPERM") {
    return new ObjectFault("denied", `the object folder cannot be used: ${code}`, { cause: error });
  }
  return new ObjectFault("down", `the object folder fails: ${code || String(error)}`, {
    cause: error,
  });
}
