// Dead letters of a platform that is one process: a file with a line for each, and one for each that was dropped. A line
// that was not written whole was not acknowledged, and is left out. Without a file they are kept in memory.

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { DeadLetter, DeadLetters, LetterFilter } from "./dead-letters.ts";
import { letterKeptMs, lettersMax } from "./dead-letters.ts";

type Line = { readonly letter: DeadLetter } | { readonly dropped: string };

interface FileDeadLettersOptions {
  /** Absent: in memory. */
  readonly path?: string;
  readonly epochMs?: () => number;
  /** Tests keep it small. */
  readonly lettersAtMost?: number;
}

export class FileDeadLetters implements DeadLetters {
  /** Oldest first. */
  readonly #letters = new Map<string, DeadLetter>();
  readonly #path: string | undefined;
  readonly #epochMs: () => number;
  readonly #max: number;
  #lines = 0;

  constructor({ path, epochMs = Date.now, lettersAtMost = lettersMax }: FileDeadLettersOptions) {
    this.#path = path;
    this.#epochMs = epochMs;
    this.#max = lettersAtMost;
    if (path !== undefined && existsSync(path)) this.#read(readFileSync(path, "utf8"));
  }

  async write(letter: DeadLetter): Promise<void> {
    this.#append({ letter });
    this.#keep(letter);
    this.#forget();
  }

  async list({ tenant, limit }: LetterFilter): Promise<readonly DeadLetter[]> {
    this.#forget();
    return [...this.#letters.values()]
      .toReversed()
      .filter((letter) => tenant === undefined || letter.tenant === tenant)
      .slice(0, limit);
  }

  async find(requestId: string): Promise<DeadLetter | undefined> {
    this.#forget();
    return this.#letters.get(requestId);
  }

  async drop(requestId: string): Promise<boolean> {
    if (!this.#letters.has(requestId)) return false;
    this.#append({ dropped: requestId });
    return this.#letters.delete(requestId);
  }

  #read(text: string): void {
    for (const line of text.split("\n")) {
      const read = lineOf(line);
      if (read === undefined) continue;
      this.#lines++;
      if ("letter" in read) this.#keep(read.letter);
      else this.#letters.delete(read.dropped);
    }
    this.#forget();
    // A torn last line would swallow the next one.
    if (text !== "" && !text.endsWith("\n")) this.#rewrite();
  }

  #keep(letter: DeadLetter): void {
    this.#letters.delete(letter.requestId);
    this.#letters.set(letter.requestId, letter);
  }

  #forget(): void {
    const sinceMs = this.#epochMs() - letterKeptMs;
    for (const [requestId, { arrivedAtEpochMs }] of this.#letters) {
      if (this.#letters.size <= this.#max && arrivedAtEpochMs >= sinceMs) return;
      this.#letters.delete(requestId);
    }
  }

  #append(line: Line): void {
    if (this.#path === undefined) return;
    if (this.#lines > 2 * this.#max) this.#rewrite();
    const file = openSync(this.#path, "a", 0o600);
    try {
      writeSync(file, `${JSON.stringify(line)}\n`);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#lines++;
  }

  /** Only what stands. */
  #rewrite(): void {
    if (this.#path === undefined) return;
    const lines = [...this.#letters.values()].map((letter) => `${JSON.stringify({ letter })}\n`);
    writeFileSync(`${this.#path}.new`, lines.join(""), { mode: 0o600, flush: true });
    renameSync(`${this.#path}.new`, this.#path);
    this.#lines = lines.length;
  }
}

function lineOf(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<{ letter: DeadLetter; dropped: string }>;
    if (typeof line.letter?.requestId === "string") return { letter: line.letter };
    return typeof line.dropped === "string" ? { dropped: line.dropped } : undefined;
  } catch {
    return undefined;
  }
}
