// How far two backlogged tenants of one band may be apart in executed service per weight: the bound that a pool
// states, from terms that it measures as it runs. Why these terms: decisions/2026-11-28-live-audit.md.

import type { PolicyName } from "#shared/model/policy-name.ts";

/** All in µcost per weight, but for the places. */
export interface BoundTerms {
  /** Within it locality, or an offer that fits nowhere, may overrule the order. */
  readonly theta: number;
  /** How far virtual time may run ahead of a tenant that has places and nothing waiting for a moment. */
  readonly lag: number;
  /** Largest charge in advance for one request, waiting or placed. */
  readonly chargeMax: number;
  /** Most that one request ran beyond its charge. */
  readonly overshootMax: number;
  /** Most places that one tenant held. */
  readonly placesMax: number;
  /** Most that one tenant had been charged and had not run. */
  readonly unexecutedMax: number;
  /** Most that a tenant brought along as already charged by an earlier owner of the pool. */
  readonly carriedMax: number;
}

/** For any interval in which both are backlogged. */
export const statedBound = (terms: BoundTerms): number =>
  terms.lag +
  terms.carriedMax +
  2 * (terms.theta + terms.chargeMax + terms.placesMax * terms.overshootMax + terms.unexecutedMax);

/** The policies that go by what was charged, and so keep within the bound; the others promise none. */
const boundedPolicies: ReadonlySet<PolicyName> = new Set(["wfq", "sfq", "vtc", "vtc-oracle"]);

export const keepsBound = (policy: PolicyName): boolean => boundedPolicies.has(policy);
