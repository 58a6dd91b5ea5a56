// The port to the proof of billing: asked by the console, answered by whoever can ask processes, stream and ledger alike.

import type { ReconcileAsk, Reconciliation } from "#shared/model/reconciliation.ts";

export interface Reconciling {
  /** Changes nothing but that counts which processes hold are written down. */
  check(ask: ReconcileAsk): Promise<Reconciliation>;
  /** Idempotent. Never changes a final row. */
  repair(ask: ReconcileAsk): Promise<Reconciliation>;
}
