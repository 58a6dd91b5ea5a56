// The few calls that an outbox makes of a file system: so few that a test can let each of them fail.

import { close, constants, copyFile, fdatasync, fsync, open, readFile, write } from "node:fs";
import { readdir, stat, truncate, unlink } from "node:fs/promises";
import { promisify } from "node:util";

export interface FileSystem {
  /** For adding to its end; made if it is not there. */
  open(path: string): Promise<number>;
  /** All of it, or rejects. */
  write(descriptor: number, bytes: Uint8Array): Promise<void>;
  /** Durable when it resolves. */
  sync(descriptor: number): Promise<void>;
  close(descriptor: number): Promise<void>;
  /** The names in a folder are durable. */
  syncFolder(folder: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<Buffer>;
  sizeOf(path: string): Promise<number>;
  cut(path: string, bytes: number): Promise<void>;
  /** Not over one that is there. */
  copy(path: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

const openCall = promisify(open);
const writeCall = promisify(write);
const closeCall = promisify(close);

export const realFileSystem: FileSystem = {
  open: (path) => openCall(path, "a", 0o600),
  async write(descriptor, bytes) {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await writeCall(descriptor, bytes, at, bytes.length - at);
      at += bytesWritten;
    }
  },
  sync: promisify(fdatasync),
  close: closeCall,
  async syncFolder(folder) {
    const descriptor = await openCall(folder, "r");
    try {
      await promisify(fsync)(descriptor);
    } finally {
      await closeCall(descriptor);
    }
  },
  list: readdir,
  read: promisify(readFile),
  sizeOf: async (path) => (await stat(path)).size,
  cut: truncate,
  copy: (path, to) => promisify(copyFile)(path, to, constants.COPYFILE_EXCL),
  remove: unlink,
};
