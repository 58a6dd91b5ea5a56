// What the in-memory store keeps over a restart: revisions handed out, and keys without a lease. Replaced as a
// whole and synced before anyone relies on it; a file that is not whole is an error, never a fresh start,
// because a revision that went back would un-fence an old owner.

import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export interface KeptState {
  /** No revision above this one was ever handed out. */
  readonly revision: number;
  readonly keys: readonly {
    readonly key: string;
    readonly value: string;
    readonly epoch: number;
  }[];
}

/** Where the store keeps it: a file, or the simulator's disk. */
export interface CoordinationFile {
  read(): KeptState | undefined;
  /** Durable when it returns. */
  write(state: KeptState): void;
}

const header = "fairlead-coordination-1";

export const coordinationFile = (path: string): CoordinationFile => ({
  read: () => readKeptState(path),
  write: (state) => replaceFile(path, encodeKeptState(state)),
});

/** Two lines: format and checksum of the second, and the state as JSON. */
function encodeKeptState(state: KeptState): string {
  const body = JSON.stringify(state);
  return `${header} ${checksum(body)}\n${body}\n`;
}

/** Nothing if the text is not whole. */
function decodeKeptState(text: string): KeptState | undefined {
  const [first = "", body = "", end] = text.split("\n");
  if (end !== "" || first !== `${header} ${checksum(body)}`) return undefined;
  return JSON.parse(body) as KeptState;
}

const checksum = (body: string): string => createHash("sha256").update(body).digest("hex");

function readKeptState(path: string): KeptState | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`the coordination file ${path} cannot be read`, { cause });
  }
  const state = decodeKeptState(text);
  if (state === undefined) {
    throw new Error(
      `the coordination file ${path} is damaged: restore it from a copy, or, only if no process of ` +
        `this fleet runs any more, delete it and start anew`,
    );
  }
  return state;
}

function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  const descriptor = openSync(fresh, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
}

/** The rename itself is durable only once its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
