// New owners ask what runs here. Their epoch is raised before they are answered, so that nothing of the old owner
// acts once the new one knows.

import { note } from "#shared/actor/actor.ts";
import { tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { HeldSequence } from "#shared/messages/held-sequence.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { CollectPool, CollectSequences, Start } from "#shared/messages/to-worker.ts";
import type { KeepCounters } from "#shared/messages/virtual-counters.ts";
import { passesPool, passesShard } from "./epoch-fence.ts";
import { tellBlocks, tellCapacity } from "./report.ts";
import type { Sequence } from "./sequence.ts";
import { ownBlocks } from "./sequence.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

export function collectPool(state: WorkerState, message: CollectPool, turn: Turn): void {
  const { worker, incarnation, placement, fence, live, counters } = state;
  const { poolEpoch } = message;
  if (message.pool !== placement.pool || !passesPool(fence, poolEpoch)) {
    turn.effects.push(note("worker.fenced", { worker, pool: message.pool, poolEpoch }));
    return;
  }
  if (incarnation === undefined) return;
  const sequences = [...live.values()].map(heldSequence);
  turn.effects.push(
    toRouter(state.router, {
      kind: "worker-holds-pool",
      worker,
      incarnation,
      poolEpoch,
      sequences,
      ...(counters === undefined ? {} : { counters }),
    }),
  );
  tellBlocks(state, turn);
  tellCapacity(state, turn);
}

export function keepCounters(state: WorkerState, message: KeepCounters, turn: Turn): void {
  const { worker, placement, fence, counters } = state;
  const { pool, poolEpoch, seq, tenants } = message;
  if (pool !== placement.pool || !passesPool(fence, poolEpoch)) {
    turn.effects.push(note("worker.fenced", { worker, pool, poolEpoch }));
    return;
  }
  if (counters?.poolEpoch === poolEpoch && counters.seq >= seq) return;
  state.counters = { poolEpoch, seq, tenants };
}

const heldSequence = (sequence: Sequence): HeldSequence => ({
  requestId: sequence.requestId,
  attempt: sequence.attempt,
  tenant: sequence.tenant,
  weight: sequence.weight,
  ...(sequence.band === undefined ? {} : { band: sequence.band }),
  session: sequence.session,
  adapterDigest: sequence.adapterDigest,
  blocks: ownBlocks(sequence),
  promptTokens: sequence.promptTokens + sequence.forcedTokens,
  totals: sequence.totals,
});

const namedBy = ({ idempotency }: Start): Pick<Start, "idempotency"> =>
  idempotency === undefined ? {} : { idempotency };

export function collectSequences(state: WorkerState, message: CollectSequences, turn: Turn): void {
  const { worker, incarnation, placement, fence, live } = state;
  const { tenant, shard, shardEpoch } = message;
  if (!passesShard(fence, shard, shardEpoch)) {
    turn.effects.push(note("worker.fenced", { worker, tenant, shard, shardEpoch }));
    return;
  }
  if (incarnation === undefined) return;
  const sequences = [...live.values()]
    .filter((sequence) => sequence.tenant === tenant)
    .map((sequence) => ({
      requestId: sequence.requestId,
      attempt: sequence.attempt,
      pool: placement.pool,
      adapterDigest: sequence.adapterDigest,
      promptTokens: sequence.promptTokens,
      outputTokensMax: sequence.outputTokensMax,
      totals: sequence.totals,
      ...namedBy(sequence.started),
    }));
  turn.effects.push(
    toTenantQueue(tenantQueueAddress(tenant), {
      kind: "worker-holds-sequences",
      worker,
      incarnation,
      shardEpoch,
      sequences,
    }),
  );
}
