// What an audit must hold against whoever owns its database: one suite for PGlite and Postgres.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChainPlace } from "./audit-chain.ts";
import { verifyAudit } from "./audit-chain.ts";
import { sqlAudit, writeAudit } from "./audit.ts";
import type { Sql, SqlQueries } from "#shared/ledger/sql/sql.ts";
import { SqlError } from "#shared/ledger/sql/sql.ts";
import { inVain } from "#shared/ledger/tenant-rows/tenant-rows.cases.ts";

/** Before the migration that chains the audit: rows that it finds. */
export async function plantOldAudit(sql: SqlQueries): Promise<void> {
  await sql.query(
    `insert into audit (at, actor, action, detail) values
       ('2026-01-31T12:00:00.123456Z', 'start', 'apply fleet', '{"version": 1, "digest": "d"}'),
       ('2026-02-28T12:00:00Z', 'o''brien \u{1F600}', 'throttle tenant', '{"b": [1, 2.50], "a": null}')`,
  );
}

/** `opened` has `migrate` behind it, and `plantOldAudit` before its last part. */
export function auditCases(name: string, opened: () => Promise<Sql>): void {
  const law = (sentence: string, check: (sql: Sql) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => check(await opened()));
  };
  const entry = (action: string) => ({ actor: "test", action, detail: { zone: "a", n: 1.5 } });
  const headOf = async (queries: SqlQueries): Promise<ChainPlace> => {
    const verdict = await verifyAudit(queries, {});
    assert.equal(verdict.broken, undefined);
    assert.ok(verdict.head);
    return verdict.head;
  };
  /** As the owner, who may take away every guard. Nothing of it stays. */
  const tampered = async (
    sql: Sql,
    statements: readonly string[],
    look: (queries: SqlQueries, before: ChainPlace) => Promise<void>,
  ): Promise<void> => {
    const before = await headOf(sql);
    await inVain(sql, async (queries) => {
      await queries.query("grant update, delete, truncate on audit to current_user");
      await queries.query("alter table audit disable trigger user");
      for (const statement of statements) await queries.query(statement);
      await look(queries, before);
    });
  };
  const rewriteFrom = (seq: number): string => `do $$
    declare standing record; last_hash text;
    begin
      select coalesce(max(hash), repeat('0', 64)) into last_hash from audit where seq = ${seq - 1};
      for standing in select * from audit where seq >= ${seq} order by seq loop
        update audit set previous_hash = last_hash,
          hash = audit_hash(seq, at, actor, action, detail, last_hash)
          where id = standing.id returning hash into last_hash;
      end loop;
    end $$`;

  law("rows that stood before are chained, and what is written follows them", async (sql) => {
    const audit = sqlAudit(sql);
    for (const action of ["cordon worker", "uncordon worker", "drain zone", "drain zone"]) {
      await audit.write(entry(action));
    }
    const rows = await audit.rows({ limit: 100 });
    assert.deepEqual(
      rows.map(({ seq }) => seq),
      rows.map((_, index) => rows.length - index),
    );
    assert.equal(rows.at(-1)?.previousHash, "0".repeat(64));
    assert.equal(rows.at(-2)?.actor, "o'brien \u{1F600}");
    for (const [index, row] of rows.slice(1).entries()) {
      assert.equal(rows[index]?.previousHash, row.hash);
    }
    assert.ok(Math.abs((rows[0]?.atEpochMs ?? 0) - Date.now()) < 60_000);
    const verdict = await audit.verify({});
    const head = { seq: rows.length, hash: rows[0]?.hash };
    assert.deepEqual(verdict, { rowsChecked: rows.length, head, hasMore: false });
  });

  law("rows are found by actor, action and time, newest first", async (sql) => {
    const audit = sqlAudit(sql);
    await audit.write(entry("narrow tenant"));
    const found = async (query: object): Promise<readonly (readonly [string, string])[]> =>
      (await audit.rows({ limit: 2, ...query })).map(({ actor, action }) => [actor, action]);
    assert.deepEqual(await found({ action: "narrow tenant" }), [["test", "narrow tenant"]]);
    assert.deepEqual(await found({ actor: "start" }), [["start", "apply fleet"]]);
    assert.deepEqual(await found({ actor: "start", sinceEpochMs: Date.parse("2026-02-01") }), []);
    assert.equal((await found({ sinceEpochMs: Date.parse("2026-01-01") })).length, 2);
    assert.deepEqual(await found({ actor: "' or true --" }), []);
  });

  law(
    "a row is neither changed nor taken away, nor does it choose its place or its time",
    async (sql) => {
      for (const statement of [
        "update audit set actor = 'nobody'",
        "update audit set detail = '{}' where seq = 1",
        "delete from audit where seq = 1",
        "delete from audit where false",
        "truncate audit",
        "insert into audit (id, actor, action, detail) overriding system value values (1, 'a', 'b', '{}') on conflict (id) do update set actor = 'x'",
      ]) {
        await assert.rejects(
          sql.query(statement),
          (error) => error instanceof SqlError && error.code === "42501",
          statement,
        );
      }
      const before = await headOf(sql);
      await sql.query(
        `insert into audit (at, actor, action, detail, seq, previous_hash, hash)
       values ('2000-01-01', 'forger', 'backdate', '{}', 1, 'x', 'y')`,
      );
      const after = await headOf(sql);
      assert.equal(after.seq, before.seq + 1);
      const [row] = await sqlAudit(sql).rows({ limit: 1 });
      assert.ok(Math.abs((row?.atEpochMs ?? 0) - Date.now()) < 60_000);
    },
  );

  law(
    "a change that is taken back leaves no row and no gap, whoever writes at once",
    async (sql) => {
      const before = await headOf(sql);
      const writing = [...Array(24)].map((_, index) =>
        index % 3 === 0
          ? inVain(sql, (queries) => writeAudit(queries, entry(`nothing ${index}`)))
          : sqlAudit(sql).write(entry(`write ${index}`)),
      );
      await Promise.all(writing);
      assert.equal((await headOf(sql)).seq, before.seq + 16);
    },
  );

  law(
    "a changed row is named, in whatever column, and so is one whose hash was made anew",
    async (sql) => {
      for (const change of [
        `detail = '{"version": 2, "digest": "d"}'`,
        "actor = 'somebody'",
        "action = 'apply nothing'",
        "at = at + interval '1 microsecond'",
        "hash = repeat('0', 64)",
      ]) {
        await tampered(sql, [`update audit set ${change} where seq = 3`], async (queries) => {
          const { broken, head, rowsChecked } = await verifyAudit(queries, {});
          assert.deepEqual([broken?.seq, head?.seq, rowsChecked], [3, 2, 2], change);
          assert.match(broken?.why ?? "", /its hash is not that of what it says/);
        });
      }
      const forged = `update audit set actor = 'x', hash = audit_hash(seq, at, 'x', action, detail, previous_hash) where seq = 3`;
      await tampered(sql, [forged], async (queries) => {
        const { broken } = await verifyAudit(queries, {});
        assert.equal(broken?.seq, 4);
        assert.match(broken?.why ?? "", /does not follow row 3/);
      });
    },
  );

  law("a row that was dropped, moved or put between is named", async (sql) => {
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ["delete from audit where seq = 3", 3, /it is missing: the next is row 4/],
      ["delete from audit where seq < 3", 1, /it is missing: the next is row 3/],
    ];
    for (const [statement, seq, why] of cases) {
      await tampered(sql, [statement], async (queries) => {
        const { broken } = await verifyAudit(queries, {});
        assert.equal(broken?.seq, seq);
        assert.match(broken?.why ?? "", why);
      });
    }
    const closeGap = ["delete from audit where seq = 3", "update audit set seq = 3 where seq = 4"];
    await tampered(sql, closeGap, async (queries) => {
      assert.equal((await verifyAudit(queries, {})).broken?.seq, 3);
    });
    const swap = [
      "update audit set seq = -1 where seq = 3",
      "update audit set seq = 3 where seq = 4",
      "update audit set seq = 4 where seq = -1",
    ];
    await tampered(sql, swap, async (queries) => {
      assert.equal((await verifyAudit(queries, {})).broken?.seq, 3);
    });
  });

  law(
    "a dropped tail and a chain written anew are found by a head that was kept, and only so",
    async (sql) => {
      await tampered(sql, ["delete from audit where seq > 3"], async (queries, head) => {
        assert.equal((await verifyAudit(queries, {})).broken, undefined);
        const { broken } = await verifyAudit(queries, { head });
        assert.equal(broken?.seq, head.seq);
        assert.match(broken?.why ?? "", /is gone: rows were dropped/);
      });
      const all = [`update audit set detail = '{"version": 9}' where seq = 1`, rewriteFrom(1)];
      await tampered(sql, all, async (queries, head) => {
        assert.equal((await verifyAudit(queries, {})).broken, undefined);
        const { broken } = await verifyAudit(queries, { head });
        assert.match(broken?.why ?? "", /the chain was written anew/);
        assert.match((await verifyAudit(queries, { after: head })).broken?.why ?? "", /anew/);
      });
      await tampered(sql, ["truncate audit"], async (queries, head) => {
        assert.deepEqual(await verifyAudit(queries, {}), { rowsChecked: 0, hasMore: false });
        assert.match((await verifyAudit(queries, { head })).broken?.why ?? "", /is gone/);
      });
    },
  );

  law("a row beside the chain is found, without a place or in another's", async (sql) => {
    const open = "alter table audit drop constraint audit_seq_key, alter column seq drop not null";
    const put = (seq: string): string =>
      `insert into audit (at, actor, action, detail, seq, previous_hash, hash)
       select at, 'ghost', action, detail, ${seq}, previous_hash, hash from audit where seq = 2`;
    for (const seq of ["null", "0", "-7"]) {
      await tampered(sql, [open, put(seq)], async (queries) => {
        const { broken } = await verifyAudit(queries, {});
        assert.match(broken?.why ?? "", /1 rows more than the chain has places for/, seq);
      });
    }
    await tampered(sql, [open, put("2")], async (queries) => {
      const { broken } = await verifyAudit(queries, {});
      assert.ok([2, 3].includes(broken?.seq ?? 0), JSON.stringify(broken));
    });
    await tampered(sql, ["delete from audit where seq = 1"], async (queries, after) => {
      const { broken } = await verifyAudit(queries, { after });
      assert.match(broken?.why ?? "", /1 rows before it are missing/);
    });
    const never = "update audit set at = 'infinity' where seq = 2";
    await tampered(sql, [never], async (queries) => {
      assert.equal((await verifyAudit(queries, {})).broken?.seq, 2);
    });
  });

  law("a function that was replaced in the database deceives nobody", async (sql) => {
    const yes = `create or replace function audit_hash(seq bigint, at timestamptz, actor text, action text, detail jsonb,
      previous_hash text) returns text language sql stable as $$ select repeat('f', 64) $$`;
    await tampered(sql, [yes, rewriteFrom(3)], async (queries) => {
      assert.equal((await verifyAudit(queries, {})).broken?.seq, 3);
    });
  });

  law("a long audit is verified in parts, each going on where the last one ended", async (sql) => {
    await inVain(sql, async (queries) => {
      await queries.query(
        "insert into audit (actor, action, detail) select 'many', 'write', jsonb_build_object('n', n) from generate_series(1, 2500) n",
      );
      const whole = await verifyAudit(queries, {});
      assert.ok(whole.rowsChecked > 2500 && !whole.hasMore);
      const first = await verifyAudit(queries, {}, 1_200);
      assert.deepEqual([first.rowsChecked, first.hasMore, first.head?.seq], [1_200, true, 1_200]);
      assert.ok(first.head);
      const rest = await verifyAudit(queries, { after: first.head });
      assert.deepEqual(rest, { ...whole, rowsChecked: whole.rowsChecked - 1_200 });
    });
  });
}
