// The proof of billing of a platform that is one process: its counts are written beside its ledger, without a stream.

import type { InspectableHost, NoteRecord } from "#shared/actor/host.ts";
import { admissionShelf } from "#shared/ledger/reconcile/admission-shelf.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Reconciling } from "#shared/ledger/reconcile/reconciling.ts";
import { startPruningAdmissions } from "#services/metering/prune-admissions.ts";
import { startTellingAdmissions } from "#services/metering/tell-admissions.ts";
import type { Closers } from "./closers.ts";
import { reconcilingHere } from "./open-reconcile.ts";
import { meterBook } from "./reconcile-answers.ts";

interface CountingPorts {
  readonly sql: Sql;
  readonly host: InspectableHost;
  readonly process: string;
  readonly onNote: (record: NoteRecord) => void;
  readonly closers: Closers;
}

export function countAdmissions({
  sql,
  host,
  process,
  onNote,
  closers,
}: CountingPorts): Reconciling {
  const shelf = admissionShelf(sql);
  const telling = startTellingAdmissions({
    process,
    book: () => meterBook(host),
    tell: (rows) => shelf.recordAdmissions(rows),
    onNote,
  });
  closers.add(() => telling.close());
  const pruning = startPruningAdmissions({ process, shelf, onNote });
  closers.add(() => pruning.close());
  return reconcilingHere(sql, host, { process, admissions: () => telling.rows() });
}
