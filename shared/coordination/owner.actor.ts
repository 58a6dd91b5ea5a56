// One process's owner: holds its lease, claims what the process shall host, places it with the claim's epoch,
// and stops everything in time when the lease may be gone. It acts for nobody whose key it does not surely hold.

import type { Actor, Effect } from "#shared/actor/actor.ts";
import { arm, note } from "#shared/actor/actor.ts";
import { policyChanges, takeFleet } from "./fleet-changes.ts";
import { claimWanted, giveBack, releaseKey, restKey } from "./claiming.ts";
import {
  edgePrefix,
  meaningOf,
  processKey,
  processPrefix,
  watchedPrefixes,
  workerKey,
  workerPrefix,
} from "./coordination-keys.ts";
import { drainPrefix } from "./drain-flags.ts";
import { tellDrains } from "./drain-telling.ts";
import { endHandOver, handOver } from "./handing-over.ts";
import { takeList, takeSelf } from "./key-lists.ts";
import { askPatienceMs, tickEveryMs, tickGapMaxMs } from "./lease-validity.ts";
import {
  acquireLease,
  dropLease,
  keepLease,
  leaseGranted,
  leaseKept,
  repeatRevocations,
} from "./leasing.ts";
import type { Holding, Owner } from "./owner-state.ts";
import { begunFrom, startOwner } from "./owner-state.ts";
import { ownKeyOf, placeAgain, placeKey, placePending, tellMembers } from "./placing.ts";
import { toCoordination } from "#shared/messages/to-coordination.ts";
import type {
  ActorRestarted,
  ActorStopped,
  Begin,
  ClaimHeld,
  Claimed,
  FleetChanged,
  Keys,
  LeaseGranted,
  LeaseKept,
  LeaseLost,
  OwnerTimer,
  Released,
  ToOwner,
} from "#shared/messages/to-owner.ts";

/** A list that was lost on its way is asked for again within this time. */
const relistEveryMs = 5_000;

export const owner: Actor<Owner, ToOwner> = {
  name: "owner",
  init: startOwner,
  receive(state, { message, nowMs }) {
    switch (message.kind) {
      case "begin":
        return begin(state, message, nowMs);
      case "fleet-changed":
        return fleetChanged(state, message, nowMs);
      case "actor-restarted":
        return actorRestarted(state, message, nowMs);
      case "actor-stopped":
        return actorStopped(state, message, nowMs);
      case "hand-over":
        return handOver(state, nowMs);
      case "timer-fired":
        return timerFired(state, message, nowMs);
      default:
        return answered(state, message, nowMs);
    }
  },
};

type StoreAnswer = Exclude<
  ToOwner,
  {
    readonly kind:
      | "begin"
      | "fleet-changed"
      | "actor-restarted"
      | "actor-stopped"
      | "hand-over"
      | "timer-fired";
  }
>;

function answered(state: Owner, message: StoreAnswer, nowMs: number): Effect[] {
  switch (message.kind) {
    case "lease-granted":
      return granted(state, message, nowMs);
    case "lease-kept":
      return kept(state, message, nowMs);
    case "lease-lost":
      return lost(state, message, nowMs);
    case "claimed":
      return claimed(state, message, nowMs);
    case "claim-held":
      return claimHeld(state, message, nowMs);
    case "released":
      return released(state, message, nowMs);
    case "keys":
      return keys(state, message, nowMs);
    case "coordination-failed":
      // Nothing is known: the next tick asks again.
      return [note("owner.unanswered", { question: message.question, reason: message.reason })];
    default:
      return message satisfies never;
  }
}

function begin(state: Owner, message: Begin, nowMs: number): Effect[] {
  if (state.begun !== undefined) return [note("owner.dropped", { why: "begun before" })];
  state.begun = begunFrom(message);
  state.tickedAtMs = nowMs;
  // The registry may have been faster: its tenants are sorted by shard only now.
  if (state.fleet !== undefined) takeFleet(state, state.fleet);
  return [...watchAll(state, nowMs), ...acquireLease(state, nowMs), armTick(nowMs)];
}

const armTick = (nowMs: number): Effect =>
  arm("tick", nowMs + tickEveryMs, { kind: "timer-fired", name: "tick" });

function watchAll(state: Owner, nowMs: number): Effect[] {
  const { begun } = state;
  if (begun === undefined) return [];
  state.listedAtMs = nowMs;
  return prefixesOf(begun).map((prefix) =>
    toCoordination(begun.coordination, { kind: "watch", prefix }),
  );
}

/** Who only registers watches for its own registrations; who places needs to see everybody. */
function prefixesOf({ isControl, edge, workers }: Begin): readonly string[] {
  if (isControl) return watchedPrefixes;
  const own = [processPrefix];
  // What edges had of its workers may be lost with them.
  if (edge !== undefined || workers.length > 0) own.push(edgePrefix);
  if (workers.length > 0) own.push(workerPrefix);
  return [...own, drainPrefix];
}

function fleetChanged(state: Owner, { fleet }: FleetChanged, nowMs: number): Effect[] {
  if (fleet.version < (state.fleet?.version ?? -Infinity)) {
    return [note("owner.dropped", { why: "an older fleet", version: fleet.version })];
  }
  return [
    ...takeFleet(state, fleet),
    ...policyChanges(state, nowMs),
    ...tellMembers(state),
    ...tellDrains(state),
    ...goOn(state, nowMs),
  ];
}

/** Whatever has become possible: claims, and placing what is claimed. */
const goOn = (state: Owner, nowMs: number): Effect[] => [
  ...claimWanted(state, nowMs),
  ...placePending(state, nowMs),
];

function granted(state: Owner, message: LeaseGranted, nowMs: number): Effect[] {
  return [...leaseGranted(state, message, nowMs), ...claimWanted(state, nowMs)];
}

function kept(state: Owner, message: LeaseKept, nowMs: number): Effect[] {
  const wasTrusted = isTrusted(state, nowMs);
  const effects = leaseKept(state, message, nowMs);
  const isBack = !wasTrusted && isTrusted(state, nowMs);
  // First what it owned: the host lets nothing through before that.
  return isBack ? [...trustAgain(state, nowMs), ...effects] : effects;
}

const isTrusted = ({ lease }: Owner, nowMs: number): boolean =>
  lease !== undefined && nowMs <= lease.validUntilMs;

/**
 * The store had the lease all the while, so nobody else had what hangs on it; but the host heard nothing for its actors, which have
 * missed timers. They begin anew, each under a new epoch: what was said under the old one may still be on its way.
 */
function trustAgain(state: Owner, nowMs: number): Effect[] {
  const effects: Effect[] = [note("owner.lease-kept-late", { lease: state.lease?.id ?? "" })];
  for (const [key, { phase }] of state.holdings) {
    if (phase === "held" && hasActors(state, key)) effects.push(...releaseKey(state, key, nowMs));
  }
  return effects;
}

const startOver = (state: Owner, why: string, nowMs: number): Effect[] => [
  ...dropLease(state, why, nowMs),
  ...acquireLease(state, nowMs),
];

function lost(state: Owner, { lease }: LeaseLost, nowMs: number): Effect[] {
  if (state.phase === "holding" && state.lease?.id === lease) {
    return startOver(state, "lost", nowMs);
  }
  state.revoking.delete(lease);
  return endHandOver(state);
}

function claimed(state: Owner, message: Claimed, nowMs: number): Effect[] {
  const { key, epoch } = message;
  const holding = awaitedHolding(state, message);
  if (holding === undefined) return [];
  holding.phase = "held";
  holding.epoch = epoch;
  state.freeSinceMs.delete(key);
  const effects: Effect[] = [note("owner.claimed", { key, epoch })];
  const { begun } = state;
  if (begun !== undefined && key === processKey(begun.process)) {
    if (begun.isControl) takeSelf(state, begun, nowMs);
    effects.push(...claimWanted(state, nowMs));
  }
  effects.push(...placeKey(state, key, nowMs));
  return effects;
}

/** Only claims under the standing lease count, only those still asked for, and none that was given back since. */
function awaitedHolding(state: Owner, { key, lease, epoch }: Claimed): Holding | undefined {
  const holding = state.holdings.get(key);
  if (state.phase !== "holding" || state.lease?.id !== lease) return undefined;
  if (epoch <= (state.pastEpochs.get(key) ?? -1)) return undefined;
  return holding?.phase === "asked" || holding?.phase === "refused" ? holding : undefined;
}

function claimHeld(state: Owner, { key, holder }: ClaimHeld, nowMs: number): Effect[] {
  const holding = state.holdings.get(key);
  if (holding?.phase !== "asked") return [];
  holding.phase = "refused";
  holding.askedAtMs = nowMs;
  return [note("owner.claim-held", { key, holder })];
}

function released(state: Owner, { key }: Released, nowMs: number): Effect[] {
  if (state.holdings.get(key)?.phase !== "releasing") return [];
  state.holdings.delete(key);
  return claimWanted(state, nowMs);
}

function keys(state: Owner, message: Keys, nowMs: number): Effect[] {
  return [
    ...takeList(state, message, nowMs),
    ...tellMembers(state),
    ...tellDrains(state),
    ...goOn(state, nowMs),
  ];
}

function actorRestarted(state: Owner, { address }: ActorRestarted, nowMs: number): Effect[] {
  const [kind, name = ""] = address.split("/");
  // A worker that lost its memory lost its sequences: that life is over, the next has a new number.
  if (kind === "worker" && state.holdings.get(workerKey(name))?.phase === "held") {
    return releaseKey(state, workerKey(name), nowMs);
  }
  return placeAgain(state, address, nowMs);
}

function actorStopped(state: Owner, { address }: ActorStopped, nowMs: number): Effect[] {
  const key = ownKeyOf(state, address);
  return key === undefined ? [] : restKey(state, key, nowMs);
}

function timerFired(state: Owner, { name }: OwnerTimer, nowMs: number): Effect[] {
  switch (name) {
    case "keep":
      return state.phase === "holding" ? keepLease(state, nowMs) : [];
    case "tick":
      return tick(state, nowMs);
    default:
      return name satisfies never;
  }
}

const hasActors = ({ urgentKeys }: Owner, key: string): boolean =>
  urgentKeys.has(key) || meaningOf(key)?.kind === "pool";

/**
 * An edge does nothing that another could be doing by now, and keeps no time for anybody: its lease stays through a pause. Given
 * up, its name would be missing just when a busy fleet's owners change.
 */
const missesTimers = ({ begun }: Owner): boolean =>
  begun !== undefined && (begun.isControl || begun.workers.length > 0);

function tick(state: Owner, nowMs: number): Effect[] {
  const gapMs = nowMs - state.tickedAtMs;
  state.tickedAtMs = nowMs;
  const effects = [
    ...repeatRevocations(state, nowMs),
    ...endHandOver(state),
    ...atTick(state, gapMs, nowMs),
  ];
  return state.phase === "gone" ? effects : [...effects, armTick(nowMs)];
}

/** Once. */
function tellDistrust({ lease }: Owner): Effect[] {
  if (lease === undefined || lease.isDistrusted) return [];
  lease.isDistrusted = true;
  return [note("owner.lease-not-kept", { lease: lease.id })];
}

function atTick(state: Owner, gapMs: number, nowMs: number): Effect[] {
  if (state.phase === "acquiring") {
    return nowMs - state.leaseAskedAtMs >= askPatienceMs ? acquireLease(state, nowMs) : [];
  }
  if (state.phase !== "holding") return [];
  if (gapMs > tickGapMaxMs && missesTimers(state)) return startOver(state, "paused", nowMs);
  if (!isTrusted(state, nowMs)) {
    const told = tellDistrust(state);
    // The host has stopped what is owned. A name, an edge's or a worker's, stands for as long as the store has it.
    if (state.begun?.isControl === true) return told;
    return [...told, ...lookAround(state, nowMs)];
  }
  return lookAround(state, nowMs);
}

function lookAround(state: Owner, nowMs: number): Effect[] {
  const isListDue = nowMs - state.listedAtMs >= relistEveryMs;
  return [
    ...(isListDue ? watchAll(state, nowMs) : []),
    ...giveBack(state, nowMs),
    ...goOn(state, nowMs),
  ];
}
