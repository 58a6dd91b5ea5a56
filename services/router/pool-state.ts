// All that a router knows once it owns its pool. Only the files of this folder write it; a new epoch starts anew.

import type { Address, Effect } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { kvAccountantAddress } from "#shared/messages/addresses.ts";
import type { PlacedEdge } from "#shared/messages/pool-members.ts";
import type { RouterPlaced } from "#shared/messages/to-router.ts";
import type { VirtualCounters } from "#shared/messages/virtual-counters.ts";
import type { CostWeights } from "#shared/model/cost.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { policyNameDefault } from "#shared/model/policy-name.ts";
import type { EdgeId, PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { AdapterBreakers } from "./adapter-breaker.ts";
import { AdapterHomes } from "./adapter-homes.ts";
import type { BudgetHold } from "./budget-hold.ts";
import type { Isolation } from "./isolation.ts";
import { Narrowings } from "./narrowings.ts";
import { NoisyNeighbour } from "./noisy-neighbour.ts";
import { OverAttempts } from "./over-attempts.ts";
import type { Policy } from "./policy/policy.ts";
import { policyNamed } from "./policy/policy-named.ts";
import { standingMax } from "./policy/virtual-clock.ts";
import type { PickRules } from "./pick-next.ts";
import { pickRulesDefault } from "./pick-next.ts";
import type { Placement } from "./placement.ts";
import { PlacementTable } from "./placement-table.ts";
import { PreemptionAllowance } from "./preemption-allowance.ts";
import { PrefixIndex } from "./prefix-index.ts";
import { ServiceAudit } from "./service-audit.ts";
import { keepsBound } from "./service-bound.ts";
import type { TenantAccount } from "./tenant-account.ts";
import { openAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";
import type { WorkerBreaker } from "./worker-breaker.ts";
import type { WorkerView } from "./worker-view.ts";
import { isOpen } from "./worker-view.ts";

/** Above the budget of 100,000 queued; an offer beyond is dropped, and its queue repeats it. */
export const offersMax = 200_000;
/** By measurement: decisions/2026-11-30-adapter-residency.md. */
const placementDefault = "homes";
const prefixesMax = 32_768;
const shardsMax = 4096;
const accountsMax = 65_536;

export interface PoolState {
  readonly self: Address;
  readonly pool: PoolId;
  readonly poolEpoch: number;
  readonly kvBlockTokens: number;
  readonly accountant: Address;
  readonly rules: PickRules;
  /** Places picked so far. */
  placesPicked: number;
  /** Workers not heard of yet in a takeover; absent: it is over. */
  collecting: Set<WorkerId> | undefined;
  readonly workers: Map<WorkerId, WorkerView>;
  /** Where each registered edge stands. */
  readonly edgeZones: Map<EdgeId, string>;
  /** Those that may get a grant now. */
  readonly open: WorkerView[];
  readonly policy: Policy;
  readonly costWeights: CostWeights;
  readonly accounts: Map<TenantId, TenantAccount>;
  /** Waiting or parked. */
  readonly offers: Map<RequestId, WaitingOffer>;
  readonly parked: Set<WaitingOffer>;
  /** Parked until they run alone; and the one whose turn it is. */
  readonly suspects: Set<WaitingOffer>;
  isolation: Isolation | undefined;
  isolateAgainAtMs: number;
  lastIsolated: TenantId | undefined;
  /** The last worker that could not be had for a suspect. */
  gaveUpOn: WorkerId | undefined;
  readonly placements: PlacementTable;
  readonly over: OverAttempts;
  readonly prefixes: PrefixIndex<WorkerView>;
  readonly breakers: AdapterBreakers;
  readonly adapters: AdapterHomes;
  /** Caches are not told before what is wanted next. */
  wantAgainAtMs: number;
  readonly workerBreakers: Map<WorkerId, WorkerBreaker>;
  /** Tenants whose KV budget is spent. */
  readonly budgetHolds: Map<TenantId, BudgetHold>;
  /** Highest epoch seen, per shard. */
  readonly shardEpochs: Map<number, number>;
  /** Workers to which `keep-pins` shall be said again soon, and how often. */
  readonly keepPins: Map<WorkerId, number>;
  /** Those whose cache has not answered it, and when it was said last. */
  readonly pinsUnanswered: Map<WorkerId, number>;
  isTicking: boolean;
  /** Told to give way, not ended yet. */
  readonly preempting: Set<Placement>;
  readonly preemptionAllowance: PreemptionAllowance;
  /** Nobody is looked for before. */
  lookForVictimsAtMs: number;
  readonly audit: ServiceAudit;
  readonly neighbours: NoisyNeighbour;
  readonly narrowings: Narrowings;
  isAuditing: boolean;
  /** How often its counters were handed to workers, and those of an earlier owner that a takeover found. */
  countersSaved: number;
  found: VirtualCounters | undefined;
  /** A gap beyond its bound is not said again before. */
  gapSaidUntilMs: number;
}

/** One arrival being handled: when it came, and what is asked of the host because of it. */
export interface Turn {
  readonly from: Address;
  readonly nowMs: number;
  readonly effects: Effect[];
}

/** A router that was started again in its epoch goes on above what it numbered before: never so many in one ms. */
const placesPerMsMax = 1000;

export function startPool(self: Address, placed: RouterPlaced, nowMs: number): PoolState {
  const policy = placed.policy ?? policyNameDefault;
  const costWeights = placed.cost ?? costWeightsDefault;
  const workers = new Map<WorkerId, WorkerView>();
  return {
    self,
    pool: placed.pool,
    poolEpoch: placed.poolEpoch,
    kvBlockTokens: placed.kvBlockTokens,
    accountant: kvAccountantAddress(placed.pool),
    rules: rulesFor(policy, placed),
    placesPicked: Math.ceil(nowMs) * placesPerMsMax,
    collecting: new Set(),
    workers,
    edgeZones: zonesOf(placed.edges),
    open: [],
    policy: policyNamed(policy, { costWeights }),
    costWeights,
    accounts: new Map(),
    offers: new Map(),
    parked: new Set(),
    suspects: new Set(),
    isolation: undefined,
    isolateAgainAtMs: 0,
    lastIsolated: undefined,
    gaveUpOn: undefined,
    placements: new PlacementTable(),
    over: new OverAttempts(),
    prefixes: new PrefixIndex(prefixesMax),
    breakers: new Map(),
    adapters: new AdapterHomes(placementDefault, workers),
    wantAgainAtMs: 0,
    workerBreakers: new Map(),
    budgetHolds: new Map(),
    shardEpochs: new Map(),
    keepPins: new Map(),
    pinsUnanswered: new Map(),
    isTicking: false,
    preempting: new Set(),
    preemptionAllowance: new PreemptionAllowance(),
    lookForVictimsAtMs: 0,
    audit: new ServiceAudit({
      theta: pickRulesDefault.thetaLocality,
      lag: standingMax,
      isBounded: keepsBound(policy),
    }),
    neighbours: new NoisyNeighbour(),
    narrowings: new Narrowings(),
    isAuditing: false,
    countersSaved: 0,
    found: undefined,
    gapSaidUntilMs: 0,
  };
}

export const zonesOf = (edges: readonly PlacedEdge[] = []): Map<EdgeId, string> =>
  new Map(edges.map(({ edge, zone }) => [edge, zone]));

/** Only the default order preempts: the others are what they are known as. */
function rulesFor(policy: PolicyName, { preemption = "on" }: RouterPlaced): PickRules {
  if (policy === policyNameDefault && preemption === "on") return pickRulesDefault;
  return { ...pickRulesDefault, thetaPreempt: Number.POSITIVE_INFINITY };
}

/** Raises the shard's highest epoch. False: this one is older and nothing of it may act. */
export function acceptsShardEpoch(state: PoolState, shard: number, shardEpoch: number): boolean {
  const highest = state.shardEpochs.get(shard);
  if (highest === shardEpoch) return true;
  if (highest !== undefined && highest > shardEpoch) return false;
  if (highest === undefined && state.shardEpochs.size >= shardsMax) return false;
  state.shardEpochs.set(shard, shardEpoch);
  return true;
}

/** The tenant's account, opened if need be; absent when there are too many. */
export function accountOf(
  state: PoolState,
  tenant: TenantId,
  terms: { readonly band: number; readonly weight: number },
): TenantAccount | undefined {
  const known = state.accounts.get(tenant);
  if (known !== undefined) return known;
  if (state.accounts.size >= accountsMax) forgetIdleAccounts(state);
  if (state.accounts.size >= accountsMax) return undefined;
  const account = openAccount(tenant, terms.band, terms.weight);
  state.accounts.set(tenant, account);
  return account;
}

function forgetIdleAccounts(state: PoolState): void {
  for (const account of state.accounts.values()) {
    if (state.policy.isForgettable(account)) state.accounts.delete(account.tenant);
  }
}

/** Keeps the list of open workers true to one view. O(1). */
export function refreshOpen(state: PoolState, view: WorkerView): void {
  const belongs = isOpen(view);
  if (belongs === view.openPlace >= 0) return;
  const { open } = state;
  if (belongs) {
    view.openPlace = open.length;
    open.push(view);
    return;
  }
  const last = open.pop();
  if (last !== undefined && last !== view) {
    open[view.openPlace] = last;
    last.openPlace = view.openPlace;
  }
  view.openPlace = -1;
}

export function drop(
  turn: Turn,
  why: string,
  fields: Readonly<Record<string, string | number>>,
): void {
  turn.effects.push(note("router.dropped", { why, ...fields }));
}
