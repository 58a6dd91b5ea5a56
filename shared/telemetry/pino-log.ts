// The structured log: one JSON line per note that is loud enough, on standard error, since standard output belongs to
// the command. Never a prompt, an output or a key. An event that repeats itself is cut off and counted; a
// reader that does not keep up loses lines, it does not stop the house.

import { pino } from "pino";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { LogLevel, NoteLevel } from "./log-levels.ts";

export interface Log {
  /** Cheap to ask before a note is written. */
  isHeard(level: NoteLevel): boolean;
  note(level: NoteLevel, note: NoteRecord): void;
  say(level: NoteLevel, message: string, fields?: Readonly<Record<string, string | number>>): void;
  /** Writes out what is buffered; for the end of the process. */
  flush(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Absent: standard error. */
  readonly write?: (line: string) => void;
  readonly epochMs?: () => number;
}

const linesPerEventMax = 20;
const windowMs = 10_000;
const textLengthMax = 300;
const bufferBytesMax = 4 * 1024 * 1024;
const neverLogged: ReadonlySet<string> = new Set([
  "prompt",
  "promptBytes",
  "text",
  "output",
  "secret",
  "apiKey",
  "authorization",
]);

export function createLog({ level, write, epochMs = Date.now }: LogOptions): Log {
  const destination =
    write === undefined
      ? pino.destination({ dest: 2, sync: false, maxLength: bufferBytesMax })
      : { write };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(epochMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const repeats = new Repeats(epochMs);
  return {
    isHeard: (wanted) => logger.isLevelEnabled(wanted),
    note: (wanted, { event, actor, fields }) => {
      if (!logger.isLevelEnabled(wanted)) return;
      const suppressed = wanted === "fatal" ? 0 : repeats.admit(event);
      if (suppressed === undefined) return;
      const more = suppressed > 0 ? { suppressedBefore: suppressed } : {};
      logger[wanted]({ event, actor, ...loggable(fields), ...more });
    },
    say: (wanted, message, fields = {}) => logger[wanted](loggable(fields), message),
    flush: () => {
      if ("flushSync" in destination) destination.flushSync();
    },
  };
}

/** Counts lines per event and window. */
class Repeats {
  readonly #epochMs: () => number;
  readonly #counts = new Map<string, { lines: number; suppressed: number }>();
  #windowEndsMs = 0;

  constructor(epochMs: () => number) {
    this.#epochMs = epochMs;
  }

  /** How many were suppressed before this line; undefined: suppress this one too. */
  admit(event: string): number | undefined {
    const nowMs = this.#epochMs();
    if (nowMs >= this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + windowMs;
      for (const [name, count] of this.#counts) {
        if (count.suppressed === 0) this.#counts.delete(name);
        else count.lines = 0;
      }
    }
    const count = this.#counts.get(event) ?? { lines: 0, suppressed: 0 };
    this.#counts.set(event, count);
    if (++count.lines > linesPerEventMax) {
      count.suppressed++;
      return undefined;
    }
    const { suppressed } = count;
    count.suppressed = 0;
    return suppressed;
  }
}

function loggable(fields: NoteRecord["fields"]): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (neverLogged.has(name)) continue;
    kept[name] =
      typeof value === "string" && value.length > textLengthMax
        ? `${value.slice(0, textLengthMax)}…`
        : value;
  }
  return kept;
}
