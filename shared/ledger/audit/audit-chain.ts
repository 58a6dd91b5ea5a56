// Whether the audit is what was written: each row's hash made again, outside the database, from what the row says and from the
// hash before it. Law: who changes, moves or drops a row must change every later hash, and then the head that an operator
// has kept is not there any more. A page at a time; nothing is kept but the last hash.

import { createHash } from "node:crypto";
import { auditGenesis } from "./audit-schema.ts";
import type { SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";

/** A row and its hash: what is needed to go on from there, or to find it again. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditVerdict {
  readonly rowsChecked: number;
  /** The last row that was found right. Absent: there is none. */
  readonly head?: ChainPlace;
  /** The first that is not what was written. Absent: none of these. */
  readonly broken?: BrokenRow;
  /** There are more rows behind the head: go on after it. */
  readonly hasMore: boolean;
}

interface BrokenRow {
  readonly seq: number;
  readonly why: string;
}

const pageRows = 1_000;
/** Of one call: a few seconds' work. */
const rowsPerCallMax = 50_000;

const genesis: ChainPlace = { seq: 0, hash: auditGenesis };

export async function verifyAudit(
  sql: SqlQueries,
  { after = genesis, head }: { readonly after?: ChainPlace; readonly head?: ChainPlace },
  rowsMax: number = rowsPerCallMax,
): Promise<AuditVerdict> {
  for (const place of [after, head]) {
    const broken = place === undefined ? undefined : await lost(sql, place);
    if (broken !== undefined) return { rowsChecked: 0, broken, hasMore: false };
  }
  let last = after;
  const checked = (): number => last.seq - after.seq;
  for (;;) {
    const wanted = Math.min(pageRows, rowsMax - checked());
    const rows = await sql.query(page, [last.seq, wanted]);
    for (const row of rows) {
      const broken = faultOf(row, last);
      if (broken !== undefined) return verdict(checked(), last, { broken, hasMore: false });
      last = { seq: Number(row["seq"]), hash: String(row["hash"]) };
    }
    if (rows.length < wanted) {
      const broken = await beside(sql, last);
      return verdict(checked(), last, {
        ...(broken === undefined ? {} : { broken }),
        hasMore: false,
      });
    }
    if (checked() >= rowsMax) return verdict(checked(), last, { hasMore: true });
  }
}

const verdict = (
  rowsChecked: number,
  last: ChainPlace,
  found: Pick<AuditVerdict, "broken" | "hasMore">,
): AuditVerdict => ({ rowsChecked, ...(last.seq === 0 ? {} : { head: last }), ...found });

/** As text, so that nothing is rounded or ordered anew on the way; in the order of the column, not of its text. */
const page = `
  select seq::text as seq, case when isfinite(at) then (extract(epoch from at) * 1000000)::bigint::text end as at_us,
    actor, action, detail::text as detail, previous_hash, hash
  from audit where seq > $1 order by audit.seq limit $2`;

/** What somebody kept, and is not there: rows were dropped, or all of the chain was written anew. */
async function lost(sql: SqlQueries, { seq, hash }: ChainPlace): Promise<BrokenRow | undefined> {
  if (seq === 0) return undefined;
  const [row] = await sql.query("select hash from audit where seq = $1", [seq]);
  if (row === undefined) {
    return { seq, why: "it was there when the head was kept, and is gone: rows were dropped" };
  }
  if (row["hash"] === hash) return undefined;
  return { seq, why: "it is not the row whose hash was kept: the chain was written anew" };
}

/** Rows that no page showed: a place twice, below the first, or none at all; or dropped where nobody looked again. */
async function beside(sql: SqlQueries, { seq }: ChainPlace): Promise<BrokenRow | undefined> {
  const [row] = await sql.query(
    "select count(*)::float8 as rows from audit where seq <= $1 or seq is null",
    [seq],
  );
  const extra = Number(row?.["rows"]) - seq;
  if (extra === 0) return undefined;
  const why =
    extra > 0
      ? `up to it there are ${extra} rows more than the chain has places for`
      : `${-extra} rows before it are missing`;
  return { seq, why };
}

function faultOf(row: SqlRow, last: ChainPlace): BrokenRow | undefined {
  const seq = Number(row["seq"]);
  if (seq !== last.seq + 1) {
    return { seq: last.seq + 1, why: `it is missing: the next is row ${seq}` };
  }
  if (row["previous_hash"] !== last.hash) {
    return { seq, why: `it does not follow row ${last.seq}: one of the two was changed` };
  }
  if (row["hash"] !== hashOf(row)) {
    return { seq, why: "its hash is not that of what it says: it was changed" };
  }
  return undefined;
}

/** As `audit_hash` in the database, which whoever tampers may have replaced. */
function hashOf(row: SqlRow): string {
  const hash = createHash("sha256");
  for (const name of ["seq", "at_us", "actor", "action", "detail", "previous_hash"]) {
    const part = Buffer.from(String(row[name]));
    hash.update(`${part.length}:`).update(part).update(",");
  }
  return hash.digest("hex");
}
