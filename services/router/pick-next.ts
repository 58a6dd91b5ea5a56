// Which tenant's first offer is next, within the first band where one waits: the least finish tag that some worker can take; within θ of the
// least, the one that finds the best locality. An offer that no worker can take is passed over only within θ of
// it; beyond that, what becomes free is held for it, so that a large request is not starved by small ones.

import type { IndexedHeap } from "./indexed-heap.ts";
import type { WorkerChoice } from "./pick-worker.ts";
import { localityMax } from "./pick-worker.ts";
import type { TenantAccount } from "./tenant-account.ts";
import type { WaitingOffer } from "./waiting-offer.ts";

export interface PickRules {
  /** Width of the window in which locality may overrule the order, µcost per weight. */
  readonly thetaLocality: number;
  /** First offers looked at per decision. */
  readonly headsMax: number;
}

/** 64 output tokens at weight 1, a quarter of a typical answer: order decides, locality breaks near-ties. */
export const pickRulesDefault: PickRules = { thetaLocality: 128_000, headsMax: 8 };

/** Why an offer cannot be placed now. `later`: nothing that becomes free would help it. */
export type Obstacle = "capacity" | "later";

export interface Picked {
  readonly account: TenantAccount;
  readonly waiting: WaitingOffer;
  readonly choice: WorkerChoice;
}

export interface Decision {
  readonly picked: Picked | undefined;
  /** The least offer, if no worker can take it now: what becomes free is held for it. */
  readonly heldFor: WaitingOffer | undefined;
  /** Offers met that nothing here can help: to be taken out of the order for a while. */
  readonly hopeless: readonly TenantAccount[];
}

const none: readonly TenantAccount[] = [];

/** `choose` names the best worker for an offer, or what stands against it. */
export function pickNext(
  ready: IndexedHeap<TenantAccount>,
  rules: PickRules,
  choose: (waiting: WaitingOffer) => WorkerChoice | Obstacle,
): Decision {
  let least: TenantAccount | undefined;
  let picked: Picked | undefined;
  let heldFor: WaitingOffer | undefined;
  let hopeless: TenantAccount[] | undefined;
  ready.leastFirst(rules.headsMax, (account) => {
    const waiting = account.waiting.least();
    if (waiting === undefined || !isWithin(account, least, rules.thetaLocality)) return false;
    const choice = choose(waiting);
    if (choice === "later") {
      (hopeless ??= []).push(account);
      return true;
    }
    least ??= account;
    if (choice === "capacity") {
      if (account === least) heldFor = waiting;
      return true;
    }
    if (picked === undefined || choice.locality > picked.choice.locality) {
      picked = { account, waiting, choice };
    }
    return choice.locality < localityMax;
  });
  return { picked, heldFor, hopeless: hopeless ?? none };
}

function isWithin(
  account: TenantAccount,
  least: TenantAccount | undefined,
  theta: number,
): boolean {
  if (least === undefined) return true;
  return account.finishTag <= least.finishTag + theta;
}
