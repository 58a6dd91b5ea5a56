// New records of the kernel log, read when asked and never waited for: `/dev/kmsg`, one record a read, EAGAIN at the end, EPIPE
// when records were overwritten before they were read (Documentation/ABI/testing/dev-kmsg of Linux). What was said before it
// was opened is passed over: the GPU may have been reset since.

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

/** As long as a record can be. */
const recordBytesMax = 8192;
/** In one go; what is left comes at the next. */
const readsMax = 10_000;

export class KernelLog {
  readonly #path: string;
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined: it is open. Else why it cannot be read. */
  async open(): Promise<string | undefined> {
    try {
      this.#file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      while ((await this.news()).length >= readsMax);
      return undefined;
    } catch (error) {
      await this.close();
      return `the kernel log cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** The lines since it was last asked: a record, and what belongs to one, each on its own. */
  async news(): Promise<readonly string[]> {
    const lines: string[] = [];
    const buffer = Buffer.alloc(recordBytesMax);
    for (let reads = 0; this.#file !== undefined && reads < readsMax; reads++) {
      const bytes = await readRecord(this.#file, buffer);
      if (bytes === "overwritten") continue;
      if (bytes === 0) break;
      lines.push(...buffer.toString("utf8", 0, bytes).split("\n"));
    }
    return lines;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.close();
    } catch {
      // It was only read: nothing is lost.
    }
  }
}

async function readRecord(file: FileHandle, buffer: Buffer): Promise<number | "overwritten"> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") return "overwritten";
    if (code === "EAGAIN") return 0;
    throw error;
  }
}
