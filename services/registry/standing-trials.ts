// Adapters on trial as the desired state has them: sizes for the caches, rights for one account that nobody has a key of.

import type { Adapter, Fleet } from "#shared/model/fleet.ts";
import { trialAccount } from "#shared/model/adapter-trial.ts";
import { unseenAccount } from "./unseen-account.ts";

/** `tried`: beside what the fleet has. The account is there while there are any. */
export function withTrials(fleet: Fleet, tried: readonly Adapter[]): Fleet {
  if (tried.length === 0) return fleet;
  return {
    ...fleet,
    tenants: [...fleet.tenants, unseenAccount(fleet, trialAccount, tried)],
    adapters: [...fleet.adapters, ...tried],
  };
}
