// Adapters as this worker sees them: who may run which, what the engine holds, and that nothing in use is evicted.

import { note } from "#shared/actor/actor.ts";
import { toAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { AdapterFailed, AdapterLoaded } from "#shared/messages/from-engine.ts";
import type { AdapterRights, LoadAdapter } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { tellAdapterCache } from "./report.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

export function learnRights(state: Pick<WorkerState, "rights">, { rights }: AdapterRights): void {
  const known = new Map<AdapterDigest, Set<TenantId>>();
  // Several tenants may each have named the same weights.
  for (const { digest, tenants } of rights) {
    known.set(digest, new Set([...(known.get(digest) ?? []), ...tenants]));
  }
  state.rights = known;
}

export function loadAdapter(state: WorkerState, message: LoadAdapter, turn: Turn): void {
  const { worker, engine, live } = state;
  const { digest, bytes, tier, evict, incarnation } = message;
  if (incarnation !== state.incarnation || state.engineUp === undefined) {
    turn.effects.push(note("worker.dropped", { worker, incarnation, why: "load-of-another-life" }));
    return;
  }
  if (evict !== "") {
    const isInUse = [...live.values()].some(({ adapterDigest }) => adapterDigest === evict);
    if (isInUse) return tellFailed(state, { digest, reason: "evict-in-use" }, turn);
    // From here on nothing that needs it may start.
    if (state.residents.delete(evict)) state.hasNewCapacity = true;
  }
  turn.effects.push(toEngine(engine, { kind: "load-adapter", digest, bytes, tier, evict }));
}

export function adapterLoaded(state: WorkerState, message: AdapterLoaded, turn: Turn): void {
  const { incarnation, worker, cache } = state;
  if (incarnation === undefined) return;
  state.residents = new Set(message.residents);
  state.hasNewCapacity = true;
  const { digest } = message;
  turn.effects.push(
    toAdapterCache(cache, { kind: "cache-adapter-loaded", worker, incarnation, digest }),
  );
}

export function adapterFailed(state: WorkerState, message: AdapterFailed, turn: Turn): void {
  tellFailed(state, message, turn);
}

function tellFailed(
  state: WorkerState,
  { digest, reason }: { readonly digest: AdapterDigest; readonly reason: string },
  turn: Turn,
): void {
  const { incarnation, worker, cache } = state;
  if (incarnation === undefined) return;
  turn.effects.push(
    toAdapterCache(cache, { kind: "cache-adapter-failed", worker, incarnation, digest, reason }),
  );
  // The cache may believe in a slot that is not there: what is resident follows at once.
  tellAdapterCache(state, turn);
}
