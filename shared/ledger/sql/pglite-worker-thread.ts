// Runs PGlite, whose every query blocks the thread it is on, away from the event loop. Entry point of a worker
// thread: `pglite-sql.ts` asks one statement at a time and gets exactly one answer for each.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";

/** What we use of PGlite. Its own typings need the DOM's and Emscripten's, which this house does not load. */
export interface PgliteModule {
  readonly PGlite: {
    create(options: PgliteOptions): Promise<Pglite>;
  };
}

interface PgliteOptions {
  readonly dataDir?: string;
  /** A data directory to begin from, as a tar. Refused where there is a database already. */
  readonly loadDataDir?: Blob;
}

interface Pglite {
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  dumpDataDir(compression: "none"): Promise<Blob>;
  close(): Promise<void>;
}

/** Where the data is kept; no directory: in memory, forgotten at the end. */
export interface PgliteThreadData {
  readonly directory: string | undefined;
  /** What a new database begins from; none: from `initdb`. */
  readonly template: string | undefined;
}

export interface PgliteQuestion {
  readonly id: number;
  /** Absent: close. */
  readonly text?: string;
  readonly values?: readonly unknown[];
}

export interface PgliteAnswer {
  /** 0: the database is open. */
  readonly id: number;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly failure?: { readonly message: string; readonly code: string | undefined };
}

const port = parentPort;
if (port === null) throw new Error("pglite-worker-thread.ts is the entry point of a worker thread");

const { directory, template } = workerData as PgliteThreadData;
const answer = (message: PgliteAnswer): void => port.postMessage(message);

function failureOf(error: unknown): { message: string; code: string | undefined } {
  const code = (error as { code?: unknown }).code;
  return {
    message: error instanceof Error ? error.message : String(error),
    code: typeof code === "string" ? code : undefined,
  };
}

async function serve(database: Pglite, { id, text, values }: PgliteQuestion): Promise<void> {
  try {
    if (text === undefined) {
      await database.close();
      answer({ id, rows: [] });
      port?.close();
      return;
    }
    const { rows } = await database.query(text, values ?? []);
    answer({ id, rows });
  } catch (error) {
    answer({ id, failure: failureOf(error) });
  }
}

try {
  const { PGlite } = (await import(import.meta.resolve("@electric-sql/pglite"))) as PgliteModule;
  const isNew = directory === undefined || !existsSync(join(directory, "PG_VERSION"));
  const database = await PGlite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    ...(isNew && template !== undefined ? { loadDataDir: new Blob([readFileSync(template)]) } : {}),
  });
  port.on("message", (question: PgliteQuestion) => void serve(database, question));
  answer({ id: 0, rows: [] });
} catch (error) {
  answer({ id: 0, failure: failureOf(error) });
  port.close();
}
