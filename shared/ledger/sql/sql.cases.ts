// What every database behind the SQL port must do: PGlite now, Postgres later.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sql, SqlQueries } from "./sql.ts";
import { SqlError } from "./sql.ts";

/** `open` gives a database of its own to each test; it is closed afterwards. */
export function sqlCases(name: string, open: () => Promise<Sql>): void {
  const check = (behaviour: string, body: (sql: Sql) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => {
      const sql = await open();
      try {
        await sql.query("drop table if exists cases");
        await sql.query("create table cases (id text primary key, amount float8 not null)");
        await body(sql);
      } finally {
        await sql.close();
      }
    });
  };
  const put = (sql: SqlQueries, id: string, amount: number): Promise<unknown> =>
    sql.query("insert into cases values ($1, $2)", [id, amount]);
  const ids = async (sql: SqlQueries): Promise<unknown[]> =>
    (await sql.query("select id from cases order by id")).map((row) => row["id"]);

  check("a row comes back as it was written", async (sql) => {
    await put(sql, "o'brien \u{1F600}", 2 ** 53);
    await put(sql, "fraction", 0.1);
    const rows = await sql.query("select * from cases order by amount");
    assert.deepEqual(
      rows.map((row) => [row["id"], row["amount"]]),
      [
        ["fraction", 0.1],
        ["o'brien \u{1F600}", 2 ** 53],
      ],
    );
  });

  check("a list travels as JSON text in one parameter", async (sql) => {
    await sql.query(
      `insert into cases
       select id, amount from jsonb_to_recordset($1::text::jsonb) as given(id text, amount float8)`,
      [
        JSON.stringify([
          { id: "a", amount: 1 },
          { id: "b", amount: 2.5 },
        ]),
      ],
    );
    const [row] = await sql.query(
      "select sum(amount)::float8 as total, count(*)::float8 as rows from cases",
    );
    assert.deepEqual(row, { total: 3.5, rows: 2 });
  });

  check("a refused statement says why by its SQLSTATE, and the next one works", async (sql) => {
    await put(sql, "a", 1);
    await assert.rejects(
      put(sql, "a", 2),
      (error) => error instanceof SqlError && error.code === "23505",
    );
    await assert.rejects(
      sql.query("selec 1"),
      (error) => error instanceof SqlError && error.code === "42601",
    );
    assert.deepEqual(await ids(sql), ["a"]);
  });

  check("a transaction is kept whole", async (sql) => {
    const result = await sql.transaction(async (queries) => {
      await put(queries, "a", 1);
      await put(queries, "b", 2);
      return "done";
    });
    assert.equal(result, "done");
    assert.deepEqual(await ids(sql), ["a", "b"]);
  });

  check("a transaction that throws, or whose statement is refused, leaves nothing", async (sql) => {
    await assert.rejects(
      sql.transaction(async (queries) => {
        await put(queries, "a", 1);
        throw new Error("changed my mind");
      }),
      /changed my mind/,
    );
    await assert.rejects(
      sql.transaction(async (queries) => {
        await put(queries, "b", 1);
        await put(queries, "b", 2);
      }),
      SqlError,
    );
    assert.deepEqual(await ids(sql), []);
  });

  check("concurrent transactions do not see each other's halves", async (sql) => {
    await put(sql, "sum", 0);
    const add = () =>
      sql.transaction(async (queries) => {
        const [row] = await queries.query("select amount from cases where id = 'sum' for update");
        await queries.query("update cases set amount = $1 where id = 'sum'", [
          Number(row?.["amount"]) + 1,
        ]);
      });
    await Promise.all([...Array(20)].map(add));
    const [row] = await sql.query("select amount from cases where id = 'sum'");
    assert.equal(row?.["amount"], 20);
  });

  check("queries kept past their transaction are refused", async (sql) => {
    let kept: SqlQueries | undefined;
    await sql.transaction(async (queries) => {
      kept = queries;
    });
    assert.ok(kept);
    await assert.rejects(put(kept, "late", 1), /the transaction has ended/);
  });

  check("closing answers what was asked before, and refuses what comes after", async (sql) => {
    const before = put(sql, "a", 1).then(() => ids(sql));
    const counted = await before;
    const last = sql.query("select 1 as one");
    await sql.close();
    assert.deepEqual(counted, ["a"]);
    assert.deepEqual(await last, [{ one: 1 }]);
    await assert.rejects(sql.query("select 1"), /closed/);
  });
}
