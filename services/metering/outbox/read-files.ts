// What is in the files of an outbox's folder, merged per request, and per life and minute of a worker. Torn ends are cut off; a file with pieces that nobody
// can read is copied aside first, for nothing that was kept is thrown away unread.

import { join } from "node:path";
import type { OutboxFile } from "#shared/messages/to-outbox.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import { mergeKept } from "#shared/model/kept-entry.ts";
import type { FileSystem } from "./file-system.ts";
import { unpackFrames } from "./frame.ts";

export interface OutboxFolder {
  readonly folder: string;
  readonly system: FileSystem;
}

export interface FilesRead {
  readonly files: readonly OutboxFile[];
  readonly entries: readonly KeptEntry[];
  readonly tornEnds: number;
  readonly unreadable: number;
}

const namePattern = /^usage-(\d{10})\.outbox$/;

export const pathOf = (folder: string, file: number): string =>
  join(folder, `usage-${String(file).padStart(10, "0")}.outbox`);

/** Rejects with what the file system says. */
export async function readFiles({ folder, system }: OutboxFolder): Promise<FilesRead> {
  const numbers = (await system.list(folder))
    .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  const entries: KeptEntry[] = [];
  const files: OutboxFile[] = [];
  let tornEnds = 0;
  let unreadable = 0;
  for (const file of numbers) {
    const path = pathOf(folder, file);
    const bytes = await system.read(path);
    const unpacked = unpackFrames(bytes);
    for (const entry of unpacked.entries) entries.push(entry);
    unreadable += unpacked.unreadable;
    if (unpacked.unreadable > 0) await putAside(system, path);
    if (unpacked.wholeBytes < bytes.length) {
      tornEnds++;
      await system.cut(path, unpacked.wholeBytes);
    }
    files.push({ file, bytes: unpacked.wholeBytes });
  }
  return { files, entries: mergeKept(entries), tornEnds, unreadable };
}

async function putAside(system: FileSystem, path: string): Promise<void> {
  try {
    await system.copy(path, `${path}.damaged`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
