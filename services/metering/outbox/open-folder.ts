// An outbox's folder, made and locked for this process: two that wrote there would give up each other's files.

import { mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DirectoryLock } from "#shared/ledger/sql/directory-lock.ts";
import { lockDirectory } from "#shared/ledger/sql/directory-lock.ts";
import { reasonOf } from "./file-disk.ts";

/** Throws what an operator must do. A folder that cannot be written to is not refused here: the outbox says so, and tries again. */
export function openOutboxFolder(folder: string): DirectoryLock {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    readdirSync(folder);
  } catch (error) {
    throw unusable(folder, reasonOf(error), error);
  }
  try {
    return lockDirectory(folder);
  } catch (error) {
    const { code, message = String(error) } = error as Partial<NodeJS.ErrnoException>;
    const why = code === undefined ? message : `${reasonOf(error)} in ${dirname(folder)}`;
    throw unusable(folder, why, error);
  }
}

const unusable = (folder: string, why: string, cause: unknown): Error =>
  new Error(`FAIRLEAD_OUTBOX_FOLDER: cannot use ${folder}: ${why}`, { cause });
