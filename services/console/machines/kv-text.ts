// What `fairlead kv` prints: who holds how many KV blocks, and what the books say of each worker.

import type { KvBooks } from "./kv-status.ts";
import { textTable } from "#services/console/text-table.ts";

export const kvText = ({ tenants, workers }: KvBooks): string =>
  [
    textTable(
      ["POOL", "TENANT", "HELD", "SEQUENCES", "GUARANTEED", "BURST", "ON LOAN"],
      tenants.map((row) => [
        row.pool,
        row.tenant,
        row.heldBlocks,
        row.sequences,
        row.guaranteedBlocks,
        row.burstBlocks ?? "",
        row.onLoanBlocks,
      ]),
    ),
    "",
    textTable(
      ["POOL", "WORKER", "TOTAL", "BOOKED", "FREE", "OVERCOMMITTED", "SEQUENCES", "DRIFTS"],
      workers.map((row) => [
        row.pool,
        row.worker,
        row.totalBlocks,
        row.bookedBlocks,
        row.freeBlocks,
        row.overcommittedBlocks,
        row.sequences,
        row.drifts,
      ]),
    ),
  ].join("\n");
