// One process at a time on a data directory: a lock file beside it names the holder. A holder that is gone
// (its pid is free, or belongs to a process started later) loses the lock to whoever asks next.

import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";

export interface DirectoryLock {
  /** Gives the directory back. Safe to call twice. */
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** The kernel's start time of that process, in clock ticks; empty where it is not told. */
  readonly startedAt: string;
  /** Two locks of one process are two holders. */
  readonly nonce: number;
}

let lockCount = 0;
const attemptsMax = 5;

/** Throws, naming the holder, if the directory is in use. */
export function lockDirectory(directory: string): DirectoryLock {
  const file = `${directory}.lock`;
  const text = JSON.stringify({
    pid: process.pid,
    startedAt: startOf(process.pid),
    nonce: ++lockCount,
  } satisfies Holder);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (createWith(file, text)) return { release: () => releaseIfOurs(file, text) };
    const found = readOrEmpty(file);
    const holder = parseHolder(found);
    if (holder !== undefined && isAlive(holder)) throw inUse(directory, holder);
    takeAway(file, found);
  }
  throw new Error(`could not lock ${directory}: its lock file ${file} keeps changing`);
}

const inUse = (directory: string, { pid }: Holder): Error =>
  new Error(
    `${directory} is in use by process ${pid}${pid === process.pid ? " (this one)" : ""}: ` +
      `stop that instance first, or choose another data directory`,
  );

/** Whole or not at all: the text is written under another name, then linked. */
function createWith(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}.${lockCount}`;
  const descriptor = openSync(draft, "w");
  writeSync(descriptor, text);
  closeSync(descriptor);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

// Two processes may judge the same lock stale. Each moves what it finds out of the way; one that moved a
// lock newer than the one it judged puts it back.
function takeAway(file: string, judged: string): void {
  const aside = `${file}.stale.${process.pid}.${lockCount}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readOrEmpty(aside) !== judged) {
    try {
      linkSync(aside, file);
    } catch {
      // Somebody holds the name already: that one is judged in the next round.
    }
  }
  rmSync(aside, { force: true });
}

function releaseIfOurs(file: string, text: string): void {
  if (readOrEmpty(file) === text) rmSync(file, { force: true });
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    return typeof holder.pid === "number" && typeof holder.startedAt === "string"
      ? { pid: holder.pid, startedAt: holder.startedAt, nonce: Number(holder.nonce) }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(pid);
  return now === "" || startedAt === "" || now === startedAt;
}

/** Field 22 of /proc/<pid>/stat, counted after the name, which may hold spaces. Empty where there is no /proc. */
function startOf(pid: number): string {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
