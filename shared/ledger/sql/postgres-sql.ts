// The SQL port over Postgres: a small pool of connections. A connection that cannot be had is tried for once more,
// since nothing was sent on it; a statement that was sent is never sent again.

import pg from "pg";
import type { PoolClient } from "pg";
import { setTimeout as pause } from "node:timers/promises";
import type { Trust } from "#shared/config/trust.ts";
import type { PostgresPlace } from "./postgres-faults.ts";
import { connectFault, isPassing, statementFault, tooManyWaiting } from "./postgres-faults.ts";
import { requirePostgresVersion } from "./postgres-version.ts";
import type { Sql, SqlQueries } from "./sql.ts";
import { SqlError } from "./sql.ts";
import { asTenantIn } from "#shared/ledger/tenant-rows/tenant-scope.ts";

export interface PostgresOptions extends PostgresPlace {
  /** Absent: no TLS, for contract tests. */
  readonly trust?: Trust;
}

/** Many small processes share one server, whose connections are a process each. */
const connectionsMax = 6;
const connectTimeoutMs = 4_000;
const statementTimeoutMs = 15_000;
/** Above the server's own limit: it is for a server that has stopped answering. */
const answerTimeoutMs = 20_000;
const idleTimeoutMs = 60_000;
const retryAfterMs = 300;
const waitingMax = 1_000;
const closeTimeoutMs = 20_000;

/** Rejects with what to do, within ~5 s, and leaves nothing open. */
export async function openPostgresSql(options: PostgresOptions): Promise<Sql> {
  const pool = openPool(options);
  const sql = sqlOver(pool, options);
  try {
    // Not `sql.query`: at the start one answer is enough, whatever it is.
    const client = await pool.connect().catch((error: unknown) => {
      throw connectFault(error, options);
    });
    try {
      await requirePostgresVersion(queriesOf(client));
    } finally {
      client.release();
    }
    return sql;
  } catch (error) {
    await sql.close();
    throw error;
  }
}

function openPool({ host, port, database, user, trust }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    // The server's own name, whatever host it is reached at: an edge's certificate is no database's.
    ssl: trust === undefined ? false : { ...trust, servername: "postgres.role.fairlead" },
    application_name: `fairlead ${user}`,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // The pool drops an idle connection that failed. Without a listener its error would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

function sqlOver(pool: pg.Pool, place: PostgresPlace): Sql {
  const open = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const admitted = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closing !== undefined)
      return Promise.reject(new SqlError("the database is closed", undefined));
    if (open.size >= waitingMax) {
      return Promise.reject(new SqlError(`${waitingMax} statements wait already`, tooManyWaiting));
    }
    const result = work();
    open.add(result);
    const ended = (): void => void open.delete(result);
    result.then(ended, ended);
    return result;
  };

  const transaction: Sql["transaction"] = (work) =>
    admitted(async () => {
      const client = await connectionOf(pool, place);
      return using(client, (queries) => inTransaction(queries, work));
    });

  return {
    query: (text, values) =>
      admitted(async () => {
        const client = await connectionOf(pool, place);
        return using(client, (queries) => queries.query(text, values));
      }),
    transaction,
    asTenant: (tenant, work) => transaction((queries) => asTenantIn(queries, tenant, work)),
    close: () => {
      closing ??= Promise.race([
        Promise.allSettled(open).then(() => pool.end()),
        pause(closeTimeoutMs, undefined, { ref: false }),
      ]);
      return closing;
    },
  };
}

async function connectionOf(pool: pg.Pool, place: PostgresPlace): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    if (!isPassing(connectFault(error, place))) throw connectFault(error, place);
  }
  await pause(retryAfterMs);
  return pool.connect().catch((error: unknown) => {
    throw connectFault(error, place);
  });
}

/** A connection on which something other than a refusal by the server happened is not used again. */
async function using<Result>(
  client: PoolClient,
  work: (queries: SqlQueries) => Promise<Result>,
): Promise<Result> {
  const state = { isBroken: false };
  try {
    return await work(queriesOf(client, () => (state.isBroken = true)));
  } finally {
    client.release(state.isBroken);
  }
}

const queriesOf = (client: PoolClient, onBroken: () => void = () => undefined): SqlQueries => ({
  query: async (text, values = []) => {
    try {
      const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
      return rows;
    } catch (error) {
      const fault = statementFault(error);
      if (/^(08|57P)/.test(fault.code ?? "")) onBroken();
      throw fault;
    }
  },
});

async function inTransaction<Result>(
  connection: SqlQueries,
  work: (queries: SqlQueries) => Promise<Result>,
): Promise<Result> {
  let isOpen = true;
  const queries: SqlQueries = {
    query: (text, values) =>
      isOpen
        ? connection.query(text, values)
        : Promise.reject(new SqlError("the transaction has ended", undefined)),
  };
  await connection.query("begin");
  try {
    const result = await work(queries);
    isOpen = false;
    await connection.query("commit");
    return result;
  } catch (error) {
    isOpen = false;
    // A rollback that fails breaks the connection, and the server rolls back what had it.
    await connection.query("rollback").catch(() => undefined);
    throw error;
  }
}
