// Which keys this process asks for, and which it gives back. Registrations always; shards and pools when this
// process is the one that should own them, or nobody else takes them.

import type { Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import {
  edgeKey,
  ownPrefix,
  processKey,
  watchedPrefixes,
  workerKey,
  workerPrefix,
} from "./coordination-keys.ts";
import { askPatienceMs } from "./lease-validity.ts";
import type { Begun, Holding, Owner } from "./owner-state.ts";
import { isDrained } from "./drain-flags.ts";
import { displace } from "./placing.ts";
import type { PlacedProcesses } from "./preferred-owner.ts";
import { preferredOwner } from "./preferred-owner.ts";
import { encodeRegistration } from "./registrations.ts";

/** Somebody else held the key: ask again after so long. */
const refusedPatienceMs = 500;
/** A key that stays free so long is taken, whoever should have it: that one is stuck. */
const freePatienceMs = 2_000;
/** A process must be there so long before others give it its share. */
const newcomerMs = 1_000;
/** Longer than others wait for a free key, so that one of them takes it; short enough for a process alone. */
const restMs = 4_000;
/** Given back per tick: each costs its tenants a collection. */
const giveBackMax = 8;

/** All at once, claims do not wait for each other; but shards without tenants wait until nobody waits for the others. */
export function claimWanted(owner: Owner, nowMs: number): Effect[] {
  const { begun } = owner;
  if (begun === undefined || owner.phase !== "holding") return [];
  const effects: Effect[] = [];
  const registered = registrations(owner, begun);
  effects.push(...releaseOutdated(owner, new Map(registered), nowMs));
  for (const [key, value] of registered) {
    effects.push(...claim(owner, { key, value, isStandIn: false }, nowMs));
  }
  let isUrgentDone: boolean | undefined;
  for (const key of wantedOwnKeys(owner)) {
    if (!owner.urgentKeys.has(key)) isUrgentDone ??= areUrgentPlaced(owner);
    if (isUrgentDone === false) break;
    const reason = reasonToTake(owner, key, nowMs);
    if (reason === "none") continue;
    const isStandIn = reason === "stand-in";
    effects.push(...claim(owner, { key, value: begun.process, isStandIn }, nowMs));
  }
  return effects;
}

/** Hundreds of claims are a fifth of a second's work for the store, and what is asked after them waits for so long. */
function areUrgentPlaced({ holdings, urgentKeys }: Owner): boolean {
  for (const key of urgentKeys) {
    const holding = holdings.get(key);
    if (holding?.phase === "asked" || (holding?.phase === "held" && !holding.isPlaced))
      return false;
  }
  return true;
}

/** A worker that the registry moved to another pool, or dropped: that life of it is over. */
function releaseOutdated(
  owner: Owner,
  registered: ReadonlyMap<string, string>,
  nowMs: number,
): Effect[] {
  const effects: Effect[] = [];
  for (const [key, { phase, value }] of owner.holdings) {
    if (phase !== "held" || !key.startsWith(workerPrefix)) continue;
    if (registered.get(key) !== value) effects.push(...releaseKey(owner, key, nowMs));
  }
  return effects;
}

interface Wish {
  readonly key: string;
  readonly value: string;
  readonly isStandIn: boolean;
}

function claim(owner: Owner, { key, value, isStandIn }: Wish, nowMs: number): Effect[] {
  const { begun, lease } = owner;
  if (begun === undefined || lease === undefined || !mayAsk(owner, key, nowMs)) return [];
  const asked = { phase: "asked", askedAtMs: nowMs, epoch: 0, isPlaced: false } as const;
  owner.holdings.set(key, { ...asked, value, isStandIn });
  return [toCoordination(begun.coordination, { kind: "claim", key, value, lease: lease.id })];
}

function mayAsk({ holdings }: Owner, key: string, nowMs: number): boolean {
  const holding = holdings.get(key);
  if (holding === undefined) return true;
  const waitedMs = nowMs - holding.askedAtMs;
  if (holding.phase === "asked") return waitedMs >= askPatienceMs;
  return holding.phase === "refused" && waitedMs >= refusedPatienceMs;
}

function registrations({ fleet }: Owner, begun: Begun): [key: string, value: string][] {
  const { process, zone, isControl, edge, dataPlane } = begun;
  const keys: [string, string][] = [[processKey(process), encodeRegistration({ zone, isControl })]];
  if (edge !== undefined) keys.push([edgeKey(edge), encodeRegistration({ zone })]);
  for (const worker of begun.workers) {
    // A worker that the registry does not (yet) describe has no pool to serve.
    const spec = fleet?.workers.find(({ id }) => id === worker);
    if (spec === undefined) continue;
    const { host, pool } = spec;
    const reached = dataPlane === undefined ? {} : { dataPlane };
    keys.push([workerKey(worker), encodeRegistration({ zone: spec.zone, host, pool, ...reached })]);
  }
  return keys;
}

/** Nothing before this process is registered and has seen who else is. */
function wantedOwnKeys(owner: Owner): readonly string[] {
  const { begun, holdings, lists } = owner;
  if (begun === undefined) return [];
  const isReady =
    holdings.get(processKey(begun.process))?.phase === "held" &&
    watchedPrefixes.every((prefix) => lists.has(prefix));
  return isReady ? owner.ownKeys : [];
}

function reasonToTake(owner: Owner, key: string, nowMs: number): "ours" | "stand-in" | "none" {
  const holding = owner.holdings.get(key);
  // An unanswered claim may have made us its holder: only asking again tells.
  if (holding?.phase === "asked") return holding.isStandIn ? "stand-in" : "ours";
  if (owner.taken.has(key)) {
    owner.freeSinceMs.delete(key);
    return "none";
  }
  if (isResting(owner, key, nowMs)) return "none";
  const standing = standingHere(owner, key);
  if (standing !== "other") return standing;
  const sinceMs = owner.freeSinceMs.get(key);
  if (sinceMs === undefined) owner.freeSinceMs.set(key, nowMs);
  return sinceMs !== undefined && nowMs - sinceMs >= freePatienceMs ? "stand-in" : "none";
}

function standingHere(owner: Owner, key: string): "ours" | "other" | "none" {
  const self = owner.begun?.process ?? "";
  const candidates = thatMayOwn(owner);
  if (preferredOwner(key, candidates) === self) return "ours";
  // Of a drained zone it would have to be given back at once.
  return candidates.has(self) ? "other" : "none";
}

/** Of the live control processes, those whose zone is not drained; all, if there are no others. */
function thatMayOwn(
  { controls, controlZones, drainFlags }: Owner,
  isAmong: (process: string) => boolean = () => true,
): PlacedProcesses {
  const all = new Map<string, string>();
  const undrained = new Map<string, string>();
  for (const process of controls.keys()) {
    if (!isAmong(process)) continue;
    const zone = controlZones.get(process) ?? "";
    all.set(process, zone);
    if (!isDrained(drainFlags, zone)) undrained.set(process, zone);
  }
  return undrained.size === 0 ? all : undrained;
}

function isResting({ restingUntilMs }: Owner, key: string, nowMs: number): boolean {
  const untilMs = restingUntilMs.get(key);
  if (untilMs === undefined) return false;
  if (nowMs < untilMs) return true;
  restingUntilMs.delete(key);
  return false;
}

/** What hung on it does not work here any more: another process takes it, or this one later, and all begins anew. */
export function restKey(owner: Owner, key: string, nowMs: number): Effect[] {
  if (owner.holdings.get(key)?.phase !== "held") return [];
  owner.restingUntilMs.set(key, nowMs + restMs);
  return releaseKey(owner, key, nowMs);
}

/** Keys that another live process should own, a few at a time; and those that the registry no longer wants. */
export function giveBack(owner: Owner, nowMs: number): Effect[] {
  const settled = settledControls(owner, nowMs);
  const wanted = new Set(owner.ownKeys);
  const effects: Effect[] = [];
  let given = 0;
  for (const [key, holding] of owner.holdings) {
    if (given === giveBackMax) break;
    const { phase, askedAtMs } = holding;
    const isOverdue = phase === "releasing" && nowMs - askedAtMs >= askPatienceMs;
    const isForeign =
      phase === "held" &&
      key.startsWith(ownPrefix) &&
      (!wanted.has(key) || belongsElsewhere(owner, key, { holding, settled }));
    if (!isOverdue && !isForeign) continue;
    given++;
    effects.push(...releaseKey(owner, key, nowMs));
  }
  return effects;
}

function belongsElsewhere(
  { begun, controls, drainFlags }: Owner,
  key: string,
  { holding, settled }: { readonly holding: Holding; readonly settled: PlacedProcesses },
): boolean {
  const preferred = preferredOwner(key, settled);
  if (preferred === undefined || preferred === begun?.process) return false;
  if (isDrained(drainFlags, begun?.zone ?? "")) return true;
  // That one did not take it before. Only a new life of it may have it back.
  return !holding.isStandIn || (controls.get(preferred) ?? -Infinity) > holding.askedAtMs;
}

/** This process, and those that have been there for a while. */
const settledControls = (owner: Owner, nowMs: number): PlacedProcesses =>
  thatMayOwn(owner, (process) => {
    const sinceMs = owner.controls.get(process) ?? nowMs;
    return process === owner.begun?.process || nowMs - sinceMs >= newcomerMs;
  });

/** Nobody acts on the key before it is released. */
export function releaseKey(owner: Owner, key: string, nowMs: number): Effect[] {
  const { begun, lease } = owner;
  const holding = owner.holdings.get(key);
  if (begun === undefined || lease === undefined || holding === undefined) return [];
  const effects = holding.phase === "held" ? displace(owner, key) : [];
  holding.phase = "releasing";
  owner.pastEpochs.set(key, holding.epoch);
  holding.isPlaced = false;
  holding.askedAtMs = nowMs;
  effects.push(
    note("owner.releasing", { key, epoch: holding.epoch }),
    toCoordination(begun.coordination, { kind: "release", key, lease: lease.id }),
  );
  return effects;
}
