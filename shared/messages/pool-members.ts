// Who is about a pool, as its router is told: part of its mailbox, `to-router.ts`.

import type { EdgeId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";

/** A registered worker of the pool, as coordination knows it. */
export interface PoolWorker {
  readonly worker: WorkerId;
  readonly incarnation: number;
  readonly zone: string;
  readonly host: WorkerHostId;
}

/** A registered edge: its requests are best served in its zone. */
export interface PlacedEdge {
  readonly edge: EdgeId;
  readonly zone: string;
}
