// What the watched lists tell an owner: who else is there, what is free, and which of its own keys are gone.

import type { Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { Keys } from "#shared/messages/to-owner.ts";
import { tenantQueueAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { PlacedEdge } from "#shared/messages/pool-members.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { EdgeId, WorkerId } from "#shared/model/ids.ts";
import type { KeyEntry, KeyList } from "./coordination.ts";
import {
  edgePrefix,
  ownPrefix,
  processKey,
  processPrefix,
  workerPrefix,
} from "./coordination-keys.ts";
import type { Begun, Owner } from "./owner-state.ts";
import { drainFlags, drainPrefix } from "./drain-flags.ts";
import { displace } from "./placing.ts";
import { controlProcesses, registeredEdges, registeredWorkers } from "./registrations.ts";

export function takeList(
  owner: Owner,
  { prefix, revision, entries }: Keys,
  nowMs: number,
): Effect[] {
  const standing = owner.lists.get(prefix);
  if (standing !== undefined && revision < standing.revision) {
    return [note("owner.dropped", { why: "an older list", prefix })];
  }
  const list: KeyList = { revision, entries };
  owner.lists.set(prefix, list);
  owner.relisting.delete(prefix);
  if (prefix === workerPrefix) owner.workers = registeredWorkers(entries);
  const told = prefix === edgePrefix ? takeEdges(owner, registeredEdges(entries), nowMs) : [];
  if (prefix === ownPrefix) owner.taken = takenKeys(owner, entries, nowMs);
  if (prefix === processPrefix) takeControls(owner, list, nowMs);
  if (prefix === drainPrefix) owner.drainFlags = drainFlags(entries);
  return [...told, ...tellEdges(owner, prefix, list), ...forgetVanished(owner, prefix, list)];
}

/** They know by it whose bills may be lost. */
function tellEdges({ begun }: Owner, prefix: string, { entries }: KeyList): Effect[] {
  if (prefix !== edgePrefix || begun === undefined) return [];
  const edges = entries.map(({ key, epoch }) => ({
    edge: key.slice(edgePrefix.length) as EdgeId,
    epoch,
  }));
  return begun.workers.map((worker) =>
    toWorker(workerAddress(worker as WorkerId), { kind: "edges-registered", edges }),
  );
}

/** What an edge admitted counts for a minute, so it is asked for about as long, should it live. */
const goneForMs = 60_000;

/** Says to the queues placed here who is registered, if that changed: who owes a new owner an answer. */
function takeEdges(owner: Owner, edges: readonly PlacedEdge[], nowMs: number): Effect[] {
  const { edgesGoneMs } = owner;
  const before = namesOf(owner.edges);
  for (const { edge } of owner.edges) edgesGoneMs.set(edge, nowMs);
  for (const { edge } of edges) edgesGoneMs.delete(edge);
  for (const [edge, sinceMs] of edgesGoneMs) {
    if (nowMs - sinceMs >= goneForMs) edgesGoneMs.delete(edge);
  }
  owner.edges = edges;
  const names = namesOf(edges);
  if (names.join() === before.join()) return [];
  return [...owner.placedTenants.keys()].map((tenant) =>
    toTenantQueue(tenantQueueAddress(tenant), { kind: "edges-changed", edges: names }),
  );
}

const namesOf = (edges: readonly PlacedEdge[]): EdgeId[] => edges.map(({ edge }) => edge).sort();

/**
 * Not those that hang on our lease though we hold them not: a claim may take effect long after it went unanswered,
 * even after the key was given back. As long as such a key counts as taken nobody asks for it; asked again, it is ours.
 */
function takenKeys(
  { begun, lease, holdings }: Owner,
  entries: readonly KeyEntry[],
  nowMs: number,
): ReadonlySet<string> {
  // Until then it may be an earlier life of this process that holds them.
  const isOurNameOurs = lease !== undefined && nowMs - lease.grantedAtMs > 2 * lease.ttlMs;
  const isOrphan = ({ key, value }: KeyEntry): boolean => {
    const phase = holdings.get(key)?.phase ?? "refused";
    return isOurNameOurs && value === begun?.process && phase === "refused";
  };
  return new Set(entries.filter((entry) => !isOrphan(entry)).map(({ key }) => key));
}

/** Registered just now: no list knows it yet. */
export function takeSelf(
  { controls, controlZones }: Owner,
  { process, zone }: Begun,
  nowMs: number,
): void {
  controls.set(process, nowMs);
  controlZones.set(process, zone);
}

function takeControls(owner: Owner, { entries }: KeyList, nowMs: number): void {
  const { begun, controls, controlZones, holdings } = owner;
  const live = new Map(controlProcesses(entries));
  const isHeld = begun !== undefined && holdings.get(processKey(begun.process))?.phase === "held";
  // The list may be older than our own registration.
  if (begun?.isControl === true && isHeld) live.set(begun.process, begun.zone);
  for (const process of controls.keys()) if (!live.has(process)) controls.delete(process);
  for (const process of live.keys()) if (!controls.has(process)) controls.set(process, nowMs);
  controlZones.clear();
  for (const [process, zone] of live) controlZones.set(process, zone);
}

/** Somebody deleted a key of ours: whatever hung on it stops at once, and it may be claimed anew. */
function forgetVanished(owner: Owner, prefix: string, { revision, entries }: KeyList): Effect[] {
  const epochs = new Map(entries.map(({ key, epoch }) => [key, epoch]));
  const effects: Effect[] = [];
  for (const [key, { phase, epoch }] of owner.holdings) {
    if (phase !== "held" || !key.startsWith(prefix)) continue;
    if (epoch > revision || epochs.get(key) === epoch) continue;
    effects.push(note("owner.key-vanished", { key, epoch }), ...displace(owner, key));
    owner.holdings.delete(key);
    owner.pastEpochs.set(key, epoch);
  }
  return effects;
}
