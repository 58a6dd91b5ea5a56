// Messages of usage that could not be read or stored: kept as they came, so that a repair can try them again. Bounded; over the
// bound a message is only told of, as it was before there was this shelf.

import type { Sql } from "#shared/ledger/sql/sql.ts";

export interface DiscardedMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

export interface KeptDiscard extends DiscardedMessage {
  readonly id: number;
  readonly atEpochMs: number;
}

export interface DiscardShelf {
  readonly keep: (message: DiscardedMessage) => Promise<void>;
  /** Those that no repair has stored, oldest first. */
  waiting(limit: number): Promise<readonly KeptDiscard[]>;
  /** It is in the ledger after all. */
  stored(id: number): Promise<void>;
}

const keptMax = 10_000;

export const discardShelf = (sql: Pick<Sql, "query">): DiscardShelf => ({
  keep: async ({ subject, sequence, reason, bytes }) => {
    await sql.query(
      `insert into usage_discards (subject, sequence, reason, message)
       select $1, $2::float8, $3, $4 where (select count(*) from usage_discards) < ${keptMax}`,
      [subject, sequence, reason.replaceAll("\0", "?"), Buffer.from(bytes).toString("base64")],
    );
  },
  waiting: async (limit) => {
    const rows = await sql.query(
      `select id::float8 as id, subject, sequence, reason, message,
         floor(extract(epoch from at) * 1000)::float8 as at
       from usage_discards where stored_at is null order by id limit $1`,
      [limit],
    );
    return rows.map((row) => ({
      id: Number(row["id"]),
      subject: String(row["subject"]),
      sequence: Number(row["sequence"]),
      reason: String(row["reason"]),
      bytes: Buffer.from(String(row["message"]), "base64"),
      atEpochMs: Number(row["at"]),
    }));
  },
  stored: async (id) => {
    await sql.query("update usage_discards set stored_at = now() where id = $1", [id]);
  },
});
