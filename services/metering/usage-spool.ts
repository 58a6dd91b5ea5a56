// What a metering process has stored lately, kept in files of its own beside the database: a ledger that is restored from an
// older backup has forgotten it, and stream and outboxes have let it go. Bounded by bytes, oldest first; losing it loses no bill.

import { createReadStream } from "node:fs";
import { appendFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createGunzip, gzip } from "node:zlib";

export interface UsageSpool {
  /** Returns at once; written within a second. */
  readonly remember: (messages: readonly Uint8Array[]) => void;
  /** All that is there, oldest first, as it came over the stream. */
  messages(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface UsageSpoolOptions {
  readonly folder: string;
  readonly bytesMax: number;
  readonly epochNowMs: () => number;
  readonly onFault: (reason: string) => void;
  readonly everyMs?: number;
}

const everyDefaultMs = 1_000;
const fileMs = 600_000;
/** Of what waits to be written: a disk that stands still shall not fill the memory. */
const waitingBytesMax = 64 * 1024 ** 2;
const zip = promisify(gzip);

export async function openUsageSpool(options: UsageSpoolOptions): Promise<UsageSpool> {
  const { folder, epochNowMs, onFault, everyMs = everyDefaultMs } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let round: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    const lines = waiting;
    waiting = [];
    waitingBytes = 0;
    if (lines.length === 0) return;
    const name = `${Math.floor(epochNowMs() / fileMs) * fileMs}.jsonl.gz`;
    try {
      await appendFile(join(folder, name), await zip(Buffer.concat(lines.flatMap(withEnd))));
      await trim(options);
    } catch (error) {
      onFault(error instanceof Error ? error.message : String(error));
    }
  };
  const writeNow = (): Promise<void> => {
    round ??= write().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => void writeNow(), everyMs).unref();
  return {
    remember: (messages) => {
      for (const message of messages) {
        waitingBytes += message.length;
        if (waitingBytes <= waitingBytesMax) waiting.push(message);
      }
    },
    messages: async function* () {
      await writeNow();
      yield* readAll(folder);
    },
    close: async () => {
      clearInterval(timer);
      await round;
      await writeNow();
    },
  };
}

const lineEnd = Buffer.from("\n");
const withEnd = (line: Uint8Array): readonly Uint8Array[] => [line, lineEnd];

/** Names are moments: the order of names is that of time. */
const filesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(".jsonl.gz")).toSorted();

async function trim({ folder, bytesMax }: UsageSpoolOptions): Promise<void> {
  const files = await filesOf(folder);
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  let excess = sizes.reduce((sum, size) => sum + size, 0) - bytesMax;
  for (const [at, name] of files.slice(0, -1).entries()) {
    if (excess <= 0) return;
    await rm(join(folder, name), { force: true });
    excess -= sizes[at] ?? 0;
  }
}

async function* readAll(folder: string): AsyncGenerator<Uint8Array> {
  for (const name of await filesOf(folder)) yield* readFile(join(folder, name));
}

/** One that was cut short by a crash is read as far as it goes. */
async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path).pipe(createGunzip());
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Infinity })) {
      if (line !== "") yield Buffer.from(line);
    }
  } catch {
    // The next file begins anew.
  }
}
