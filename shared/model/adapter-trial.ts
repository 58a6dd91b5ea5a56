// A trial: one short request with an adapter that a tenant brought, run on a worker before anybody can call it.

import type { TenantId } from "./ids.ts";

/**
 * `passed`: a token came. `failed`: a worker had it, and none came. `unavailable`: no worker had it; what the adapter is worth
 * nobody knows.
 */
export type TrialVerdict = "passed" | "failed" | "unavailable";

export interface TrialEnd {
  /** `stopped`: whoever asked is going down, and its next start asks again. */
  readonly verdict: TrialVerdict | "stopped";
  /** A refusal's code, or what else is known. Empty: passed. */
  readonly code: string;
}

export interface TriedAdapter {
  readonly model: string;
  readonly digest: string;
}

export interface AdapterTrial {
  run(adapter: TriedAdapter): Promise<TrialEnd>;
}

/**
 * On whose account trials run: a line of its own in the ledger, in a band below everyone's. No fleet file can name a tenant like
 * this, and nobody has a key of it.
 */
export const trialAccount: TenantId = "fairlead:trials" as TenantId;
