// Which tenant's first offer is next: the first in the policy's order that some worker can take; among those that may
// overtake it (for wfq: within θ), the one that finds the best locality. An offer that no worker can take is passed over
// only within a narrower θ; beyond it, what becomes free is held for it, so that a large request is not starved by small ones.
// Where tenants may overtake for locality, a tenant's own offers may too: its queue's window, and no offer too often.

import type { WorkerChoice } from "./pick-worker.ts";
import type { Policy } from "./policy/policy.ts";
import type { TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

export interface PickRules {
  /** Width of the window in which locality may overrule the order, µcost per weight. */
  readonly thetaLocality: number;
  /** The same for going before an offer that no worker can take. */
  readonly thetaPassing: number;
  /** How far, in executed service, a running tenant may lead the first that waits before it gives way. Infinite: it never does. */
  readonly thetaPreempt: number;
  /** First offers looked at per decision. */
  readonly headsMax: number;
}

/** 256 output tokens at weight 1, beyond what the preemption wastes: above θ_locality, below what a whole answer costs. By measurement: decisions/2026-11-28-which-policy.md. */
const thetaPreemptDefault = 512_000;

/** 500 prompt tokens at weight 1, and 64 output tokens: decisions/2026-11-28-prefix-locality.md. */
export const pickRulesDefault: PickRules = {
  thetaLocality: 500_000,
  thetaPassing: 128_000,
  thetaPreempt: thetaPreemptDefault,
  headsMax: 8,
};

/** Why an offer cannot be placed now. `slot`: there is capacity, but none with a slot for its adapter. `later`: nothing that becomes free would help it. `yields`: its tenant is beyond its share of a worker, so nothing is held for it. `elsewhere`: it may run in some zones only, and what becomes free in these is held for it. */
export type Obstacle = "capacity" | "slot" | "later" | "yields" | "elsewhere";

export interface Picked {
  readonly account: TenantAccount;
  readonly waiting: WaitingOffer;
  readonly choice: WorkerChoice;
}

export interface Decision {
  readonly picked: Picked | undefined;
  /** The least offer, if no worker can take it now: what becomes free is held for it. */
  readonly heldFor: WaitingOffer | undefined;
  /** And then: it is not for lack of capacity. */
  readonly lacksSlot: boolean;
  /** Offers met that nothing here can help: to be taken out of the order for a while. */
  readonly hopeless: readonly TenantAccount[];
}

/** A queue has no more of them out at once. */
export const offersPerTenantMax = 4;
/** So often others of its tenant may go before an offer. */
const passesMax = 8;

const none: readonly TenantAccount[] = [];

/** Where the heads come from, and when it is. */
export interface Heads {
  readonly policy: Pick<Policy, "visit" | "mayOvertake">;
  readonly nowMs: number;
}

export interface Chooser {
  /** The best worker for an offer, or what stands against it. */
  readonly choose: (waiting: WaitingOffer, account: TenantAccount) => WorkerChoice | Obstacle;
  /** False: no worker that may get a grant holds anything of what this tenant's first offers begin with. Cheap. */
  readonly mayBeHeld: (account: TenantAccount) => boolean;
  /** Whether one of these probably holds some of its prompt. */
  readonly isHeld: (waiting: WaitingOffer) => boolean;
}

export function pickNext({ policy, nowMs }: Heads, rules: PickRules, chooser: Chooser): Decision {
  let least: TenantAccount | undefined;
  let picked: Picked | undefined;
  let heldFor: WaitingOffer | undefined;
  let lacks: Obstacle | undefined;
  let hopeless: TenantAccount[] | undefined;
  const { headsMax: limit } = rules;
  let theta = rules.thetaLocality;
  policy.visit({ limit, nowMs }, (account) => {
    if (least !== undefined && !policy.mayOvertake(account, least, theta)) return false;
    if (!mayBeat(account, picked, chooser)) return true;
    const waiting = account.waiting.least();
    if (waiting === undefined) return false;
    const choice = chooser.choose(waiting, account);
    if (choice === "later") {
      (hopeless ??= []).push(account);
      return true;
    }
    if (isPassed(choice, { policy, account, rules })) return true;
    least ??= account;
    if (typeof choice === "string") {
      if (account === least) {
        heldFor = waiting;
        lacks = choice;
        theta = passingWindow(choice, rules);
      }
      return true;
    }
    const head = { account, waiting, choice };
    picked = moreLocal(
      picked,
      mayReorder(policy, account, rules) ? bestOfTenant(head, chooser) : head,
    );
    return true;
  });
  return { picked, heldFor, lacksSlot: lacks === "slot", hopeless: hopeless ?? none };
}

/** Who needs no slot of its own takes nothing from one that waits for a slot: the wider window stays. */
const passingWindow = (lacks: Obstacle, { thetaLocality, thetaPassing }: PickRules): number =>
  lacks === "slot" ? thetaLocality : thetaPassing;

/** Between equals the earlier. */
const moreLocal = (earlier: Picked | undefined, later: Picked): Picked =>
  earlier === undefined || later.choice.locality > earlier.choice.locality ? later : earlier;

/** Without a look at its offers: with thousands of tenants these are not in the CPU's cache. */
const mayBeat = (
  account: TenantAccount,
  picked: Picked | undefined,
  { mayBeHeld }: Chooser,
): boolean => picked === undefined || picked.choice.locality < 0 || mayBeHeld(account);

/** Where the order is strict, what yields is held for like any other. */
const isPassed = (
  choice: WorkerChoice | Obstacle,
  { policy, account, rules }: Pick<Heads, "policy"> & { account: TenantAccount; rules: PickRules },
): boolean => choice === "elsewhere" || (choice === "yields" && mayReorder(policy, account, rules));

/** Where nobody may overtake anybody, position decides inside a tenant too. */
const mayReorder = (
  policy: Heads["policy"],
  account: TenantAccount,
  { thetaLocality }: PickRules,
): boolean => thetaLocality > 0 && policy.mayOvertake(account, account, thetaLocality);

// It pays for whichever of its offers goes first. A retry waits for none of them, a first one for a few.
function bestOfTenant(head: Picked, { choose, mayBeHeld, isHeld }: Chooser): Picked {
  const { account, waiting: first } = head;
  if (!mayBeHeld(account)) return head;
  if (first.timesPassed >= passesMax || first.offer.attempt > 1) return head;
  let best = head;
  account.waiting.leastFirst(offersPerTenantMax, (waiting) => {
    if (waiting === first || !isHeld(waiting)) return true;
    const choice = choose(waiting, account);
    if (typeof choice === "string" || choice.locality <= best.choice.locality) return true;
    best = { account, waiting, choice };
    return true;
  });
  return best;
}
