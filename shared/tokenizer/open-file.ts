// A file that is read in pieces, by whoever trusts nothing that it claims about its lengths.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileReason } from "#shared/config/file-reason.ts";
import type { ReadBytes } from "./gguf-metadata.ts";
import { Unusable } from "./unusable.ts";

export interface OpenFile {
  readonly bytes: number;
  readonly read: ReadBytes;
  close(): void;
}

/** Throws `Unusable`. `kinds`: of files that would do. */
export function openFile(file: string, kinds: string = "a GGUF or a tokenizer.json"): OpenFile {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    throw new Unusable(`it cannot be read: ${fileReason(error)}`);
  }
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) {
    closeSync(descriptor);
    throw new Unusable(`it is not a file: name ${kinds}`);
  }
  return {
    bytes: stats.size,
    // No more than there is: a claimed length is not to be believed.
    read(at, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, stats.size - at)));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, at));
    },
    close: () => closeSync(descriptor),
  };
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
