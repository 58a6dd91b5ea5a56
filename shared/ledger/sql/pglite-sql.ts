// The SQL port over PGlite in a worker thread. One connection: statements run one after the other, and a
// transaction has it alone. A data directory belongs to one process at a time, by a lock file beside it.

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { lockDirectory } from "./directory-lock.ts";
import type { PgliteAnswer, PgliteQuestion, PgliteThreadData } from "./pglite-worker-thread.ts";
import { templateInUse } from "./pglite-template.ts";
import type { Sql, SqlQueries, SqlRow, SqlValue } from "./sql.ts";
import { SqlError } from "./sql.ts";
import { asTenantIn } from "#shared/ledger/tenant-rows/tenant-scope.ts";

/** Questions that may wait; the next is refused. */
const waitingMax = 10_000;

/** Opens, or makes, the database. No directory: in memory. Takes one to three seconds the first time. */
export async function openPgliteSql(directory?: string): Promise<Sql> {
  if (directory !== undefined) mkdirSync(dirname(directory), { recursive: true });
  const lock = directory === undefined ? undefined : lockDirectory(directory);
  try {
    const thread = await startThread({ directory, template: templateInUse() });
    return sqlOver(thread, () => lock?.release());
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** Asks the thread; rejects all that is open when the thread dies. */
interface Thread {
  ask(question: Omit<PgliteQuestion, "id">): Promise<readonly SqlRow[]>;
  end(): Promise<void>;
}

interface Waiting {
  readonly resolve: (rows: readonly SqlRow[]) => void;
  readonly reject: (error: Error) => void;
}

async function startThread(workerData: PgliteThreadData): Promise<Thread> {
  const worker = new Worker(new URL("./pglite-worker-thread.ts", import.meta.url), { workerData });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let death: Error | undefined;
  const die = (error: Error): void => {
    death ??= error;
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  };
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      die(new SqlError(`the database's thread has ended (code ${code})`, undefined));
      resolve();
    });
  });
  worker.on("error", (error) => {
    die(new SqlError(`the database's thread failed: ${String(error)}`, undefined));
  });
  worker.on("message", ({ id, rows, failure }: PgliteAnswer) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) asker?.resolve(rows ?? []);
    else asker?.reject(new SqlError(failure.message, failure.code));
  });
  const answered = (id: number): Promise<readonly SqlRow[]> =>
    new Promise((resolve, reject) => {
      if (death === undefined) waiting.set(id, { resolve, reject });
      else reject(death);
    });
  await answered(0);
  return {
    ask: (question) => {
      const id = ++lastId;
      const rows = answered(id);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      if (death === undefined) worker.postMessage({ id, ...question } satisfies PgliteQuestion);
      return rows;
    },
    end: () => exited,
  };
}

function sqlOver(thread: Thread, released: () => void): Sql {
  let tail: Promise<unknown> = Promise.resolve();
  let waitingCount = 0;
  let closing: Promise<void> | undefined;

  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closing !== undefined)
      return Promise.reject(new SqlError("the database is closed", undefined));
    if (waitingCount >= waitingMax) {
      return Promise.reject(new SqlError(`${waitingMax} statements wait already`, undefined));
    }
    waitingCount++;
    const result = tail.then(work).finally(() => waitingCount--);
    tail = result.catch(() => undefined);
    return result;
  };

  const query = (text: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> =>
    thread.ask({ text, values });

  return {
    query: (text, values) => alone(() => query(text, values)),
    transaction: (work) => alone(() => inTransaction(query, work)),
    asTenant: (tenant, work) =>
      alone(() => inTransaction(query, (queries) => asTenantIn(queries, tenant, work))),
    close: () => {
      closing ??= tail
        .then(() => thread.ask({}))
        .then(() => thread.end())
        .finally(released);
      return closing;
    },
  };
}

async function inTransaction<Result>(
  query: SqlQueries["query"],
  work: (queries: SqlQueries) => Promise<Result>,
): Promise<Result> {
  let isOpen = true;
  const queries: SqlQueries = {
    query: (text, values) =>
      isOpen
        ? query(text, values)
        : Promise.reject(new SqlError("the transaction has ended", undefined)),
  };
  await query("begin");
  try {
    const result = await work(queries);
    isOpen = false;
    await query("commit");
    return result;
  } catch (error) {
    isOpen = false;
    await query("rollback").catch(() => undefined);
    throw error;
  }
}
