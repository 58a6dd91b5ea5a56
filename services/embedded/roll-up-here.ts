// The roll-ups of usage in the embedded database, which nobody else moves on, and where nobody vacuums.

import type { NoteRecord } from "#shared/actor/host.ts";
import { rollUp } from "#shared/ledger/sums/roll-up.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Closers } from "#services/fleet/closers.ts";
import { startRollingUp } from "#services/metering/roll-up-usage.ts";
import { processName } from "./begin-house.ts";

export interface RollingHere {
  readonly sql: Sql;
  readonly onNote: (record: NoteRecord) => void;
  readonly closers: Closers;
}

export function rollUpHere({ sql, onNote, closers }: RollingHere): void {
  const rolling = startRollingUp({
    process: processName,
    rollUp: (deltasMax) => rollUp(sql, deltasMax),
    vacuum: () => sql.query("vacuum usage_deltas"),
    onNote,
  });
  closers.add(() => rolling.close());
}
