// What the emitters' logs say was handed in, beside what the ledger has: what is lost, what is there twice or too large, and
// whether GPU time is conserved.

import { readFileSync } from "node:fs";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Use } from "./metered-use.ts";
import { gpuUsOf, requestOf, witnessedEvery } from "./metered-use.ts";

export interface EmitterLog {
  readonly emitter: number;
  readonly emitters: number;
  readonly file: string;
}

/** GPU microseconds of final accounts, by request. */
export interface HandedIn {
  readonly kept: ReadonlyMap<string, number>;
  /** Handed in, and not durable yet when its emitter was killed: the other witness's to tell. */
  readonly unkept: ReadonlyMap<string, number>;
}

export function readHandedIn(logs: readonly EmitterLog[]): HandedIn {
  const kept = new Map<string, number>();
  const unkept = new Map<string, number>();
  for (const log of logs) {
    const lives = livesIn(readFileSync(log.file, "utf8"));
    for (const [life, { handed, keptUpTo, isOver }] of lives) {
      const durable = isOver ? Math.min(handed, keptUpTo) : handed;
      for (let index = 0; index < handed; index++) {
        const into = index < durable ? kept : unkept;
        usesOf(log, life, index).forEach((use) => into.set(requestOf(use), gpuUsOf(use)));
      }
    }
  }
  for (const requestId of kept.keys()) unkept.delete(requestId);
  return { kept, unkept };
}

/** Its own, and what it told as another's second witness. */
function usesOf({ emitter, emitters }: EmitterLog, life: number, index: number): readonly Use[] {
  const own = { emitter, life, index };
  if (index % witnessedEvery !== 0) return [own];
  return [own, { emitter: (emitter + 1) % emitters, life: 1, index }];
}

interface Life {
  handed: number;
  keptUpTo: number;
  /** It was killed: another followed. */
  isOver: boolean;
}

function livesIn(text: string): ReadonlyMap<number, Life> {
  const lives = new Map<number, Life>();
  for (const line of text.split("\n")) {
    const [kind, life, ...numbers] = line.split(" ");
    if (kind !== "h" && kind !== "k") continue;
    const number = Number(life);
    if (!lives.has(number)) for (const earlier of lives.values()) earlier.isOver = true;
    const at = lives.get(number) ?? { handed: 0, keptUpTo: 0, isOver: false };
    lives.set(number, at);
    if (kind === "h")
      at.handed = Math.max(at.handed, numbers[1] === undefined ? 0 : Number(numbers[1]));
    else at.keptUpTo = Math.max(at.keptUpTo, Number(numbers[0]));
  }
  return lives;
}

export interface Comparison {
  readonly handed_in: number;
  readonly in_ledger: number;
  readonly lost: number;
  /** Rows that bill more than was handed in, and rows of nobody. */
  readonly duplicated: number;
  readonly conservation_error_pct: number;
  /** Handed in within the last group commit before a SIGKILL, and not in the ledger. */
  readonly unkept_at_kill: number;
  readonly left_open: number;
}

const pageRows = 100_000;

export async function compareWithLedger(sql: Sql, { kept, unkept }: HandedIn): Promise<Comparison> {
  const missing = new Map(kept);
  const untold = new Map(unkept);
  const books = { rows: 0, duplicated: 0, open: 0, ledgerUs: 0, expectedUs: 0 };
  for (const gpuUs of kept.values()) books.expectedUs += gpuUs;
  for (let after = ""; ;) {
    const rows = await sql.query(
      "select request_id, is_final, gpu_us::float8 as gpu_us from usage where request_id > $1 order by request_id limit $2",
      [after, pageRows],
    );
    for (const row of rows) {
      const requestId = String(row["request_id"]);
      if (row["is_final"] !== true) {
        books.open++;
        continue;
      }
      books.rows++;
      books.ledgerUs += Number(row["gpu_us"]);
      const expected = kept.get(requestId) ?? unkept.get(requestId);
      if (expected === undefined || Number(row["gpu_us"]) !== expected) books.duplicated++;
      if (!kept.has(requestId)) books.expectedUs += expected ?? 0;
      missing.delete(requestId);
      untold.delete(requestId);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) break;
    after = String(last["request_id"]);
  }
  const error = Math.abs(books.ledgerUs - books.expectedUs) / Math.max(1, books.expectedUs);
  return {
    handed_in: kept.size + unkept.size,
    in_ledger: books.rows,
    lost: missing.size,
    duplicated: books.duplicated,
    conservation_error_pct: error * 100,
    unkept_at_kill: untold.size,
    left_open: books.open,
  };
}
