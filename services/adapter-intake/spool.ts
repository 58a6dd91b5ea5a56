// Where a file lies between its last byte and the object store: a temporary file of a random name, which is gone when its
// upload is over, or at the next start. Its digest is computed while it is written.

import { createHash, randomUUID } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

const ownName = /^[0-9a-f-]{36}\.upload$/;

export function openSpoolFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (ownName.test(name)) rmSync(join(folder, name), { force: true });
  }
}

export interface Spool {
  add(chunk: Uint8Array): Promise<void>;
  /** Lower-case hex SHA-256 of all that was added. Nothing is added behind it. */
  digest(): string;
  read(): AsyncIterable<Uint8Array>;
  remove(): Promise<void>;
}

export async function openSpool(folder: string): Promise<Spool> {
  const path = join(folder, `${randomUUID()}.upload`);
  const file: FileHandle = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  return {
    async add(chunk) {
      hash.update(chunk);
      await file.writeFile(chunk);
    },
    digest: () => hash.digest("hex"),
    read: () => createReadStream(path) as AsyncIterable<Uint8Array>,
    async remove() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
