// What a tenant is served in one pool beside what its weight entitles it to, as the pool's router sees it.

import type { TenantId } from "./ids.ts";

export interface ServiceShare {
  readonly tenant: TenantId;
  readonly band: number;
  readonly weight: number;
  /** Of its band, by weight, among those that wait or run; percent. */
  readonly shareByWeight: number;
  /** Of what the pool executed in the last ten seconds; percent. */
  readonly executedShare: number;
  /** Behind the most served of its band in these, µcost per weight. */
  readonly behind: number;
  /** Offers at the router. */
  readonly waiting: number;
  /** Places. */
  readonly running: number;
  /** Time to first token over what its prompts need here; absent: too little was heard. */
  readonly slowness?: number;
  /** How many workers it is kept to; absent: all. */
  readonly narrowedTo?: number;
}
