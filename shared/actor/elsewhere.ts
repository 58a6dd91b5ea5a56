// What lies beyond one host when there are several: which of the addresses that nobody owns are here, who carries
// to all others, and who is told when an owned address comes or goes.

import type { Address } from "./actor.ts";
import type { InspectableHost } from "./host.ts";
import type { OwnershipListener } from "./owned-addresses.ts";

export interface Elsewhere extends OwnershipListener {
  /** Of an address that nobody owns and that has no actor here yet. */
  isHere(to: Address): boolean;
  /** At most once; `refused` goes back to the sender as from a full mailbox. */
  carry(from: Address, to: Address, message: unknown): "accepted" | "refused";
}

export interface HostAmongOthers extends InspectableHost {
  /** From another host: never passed on, and dropped with a note if it is not here. */
  deliver(from: Address, to: Address, message: unknown): "accepted" | "refused";
}
