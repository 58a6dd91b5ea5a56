// The device between an outbox and its files: one call after the other, each sync answered when what was appended before it
// is durable. A file for which a call failed is closed, and no sync of it is ever confirmed again.

import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { Append, Sync, ToDisk } from "#shared/messages/to-disk.ts";
import { toOutbox } from "#shared/messages/to-outbox.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { FileSystem } from "./file-system.ts";
import { realFileSystem } from "./file-system.ts";
import { packFrames } from "./frame.ts";
import { pathOf, readFiles } from "./read-files.ts";

export interface FileDiskPorts {
  /** Locked by whoever composes. */
  readonly folder: string;
  readonly host: Pick<Host, "send">;
  /** Absent: the real one. */
  readonly system?: FileSystem;
}

export interface FileDisk {
  /** Attach as kind `disk`. */
  readonly device: Device;
  /** What was asked is done, or failed. */
  close(): Promise<void>;
}

interface OpenFile {
  readonly file: number;
  readonly descriptor: number;
  bytes: number;
}

interface Disk {
  readonly folder: string;
  readonly system: FileSystem;
  current: OpenFile | undefined;
  /** Why files are not to be believed. */
  readonly failed: Map<number, string>;
}

export function fileDisk({ folder, host, system = realFileSystem }: FileDiskPorts): FileDisk {
  const disk: Disk = { folder, system, current: undefined, failed: new Map() };
  let last = Promise.resolve();
  return {
    device: (self: Address, outbox: Address, message: unknown) => {
      const after = last;
      last = (async () => {
        await after;
        const answer = await perform(disk, message as ToDisk);
        if (answer === undefined) return;
        const { to, message: content } = toOutbox(outbox, answer);
        host.send(self, to, content);
      })();
    },
    close: () => (last = last.then(() => letGo(disk))),
  };
}

async function perform(disk: Disk, asked: ToDisk): Promise<ToOutbox | undefined> {
  switch (asked.kind) {
    case "open":
      return open(disk, asked.opening);
    case "append":
      return append(disk, asked);
    case "sync":
      return sync(disk, asked);
    case "remove":
      return remove(disk, asked.files);
    default:
      return asked satisfies never;
  }
}

async function open(disk: Disk, opening: number): Promise<ToOutbox> {
  try {
    await letGo(disk);
    return { kind: "opened", opening, ...(await readFiles(disk)) };
  } catch (error) {
    return { kind: "disk-failed", commit: opening, reason: reasonOf(error) };
  }
}

async function append(disk: Disk, { file, entries }: Append): Promise<undefined> {
  if (disk.failed.has(file)) return;
  try {
    const opened = await openFile(disk, file);
    const bytes = packFrames(entries);
    await disk.system.write(opened.descriptor, bytes);
    opened.bytes += bytes.length;
  } catch (error) {
    await fail(disk, file, reasonOf(error));
  }
}

async function sync(disk: Disk, { file, commit }: Sync): Promise<ToOutbox> {
  const { current, failed, system } = disk;
  try {
    if (current?.file === file && !failed.has(file)) {
      await system.sync(current.descriptor);
      return { kind: "synced", commit, fileBytes: current.bytes };
    }
  } catch (error) {
    await fail(disk, file, reasonOf(error));
  }
  return { kind: "disk-failed", commit, reason: failed.get(file) ?? "the file is not open" };
}

async function openFile(disk: Disk, file: number): Promise<OpenFile> {
  if (disk.current?.file === file) return disk.current;
  await letGo(disk);
  const path = pathOf(disk.folder, file);
  const descriptor = await disk.system.open(path);
  disk.current = { file, descriptor, bytes: 0 };
  disk.current.bytes = await disk.system.sizeOf(path);
  await disk.system.syncFolder(disk.folder);
  return disk.current;
}

async function fail(disk: Disk, file: number, reason: string): Promise<void> {
  disk.failed.set(file, reason);
  if (disk.current?.file === file) await letGo(disk);
}

async function letGo(disk: Disk): Promise<void> {
  const { current, system } = disk;
  disk.current = undefined;
  // Of what was not synced nobody was told that it is kept.
  await (current === undefined
    ? undefined
    : system.close(current.descriptor).catch(() => undefined));
}

async function remove(disk: Disk, files: readonly number[]): Promise<undefined> {
  for (const file of files) {
    if (disk.current?.file === file) await letGo(disk);
    disk.failed.delete(file);
    await disk.system.remove(pathOf(disk.folder, file)).catch(() => undefined);
  }
}

const reasonLengthMax = 200;

const words: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission is denied",
  EIO: "input/output error",
};

/** Without the path: what is told of it may be read by anybody. */
export const reasonOf = (error: unknown): string => {
  const { code = "", message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  return (words[code] ?? message).slice(0, reasonLengthMax);
};
