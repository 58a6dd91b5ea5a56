// The host of one process among many: what lives here is delivered here, everything else is carried. What the
// network brings is never carried on, so no message can circle.

import type { Address } from "./actor.ts";
import type { HostAmongOthers } from "./elsewhere.ts";
import type { LocalHostOptions } from "./local-host.ts";
import { createHostAmongOthers } from "./local-host.ts";

export interface FleetHostOptions extends LocalHostOptions {
  /** Prefixes of everything that lives here and that nobody owns: `session/edge-1`, `owner/edge-1`, … */
  readonly hears: readonly string[];
  /** At most once; `refused` goes back to the sender as from a full mailbox. */
  readonly carry: (from: Address, to: Address, message: unknown) => "accepted" | "refused";
  /** Once per address, until it is disowned: from now on its messages must be brought here. */
  readonly onOwned: (address: Address) => void;
  readonly onDisowned: (address: Address) => void;
}

/** `deliver` is for the network. */
export type FleetHost = HostAmongOthers;

export function createFleetHost(options: FleetHostOptions): FleetHost {
  const { hears, carry, onOwned, onDisowned, ...localOptions } = options;
  const prefixes = new Set(hears);
  return createHostAmongOthers(localOptions, {
    isHere: (to) => isBelow(to, prefixes),
    carry,
    onOwned,
    onDisowned,
  });
}

/** `session/edge-1/r1` is below `session/edge-1`, and below itself. */
function isBelow(to: Address, prefixes: ReadonlySet<string>): boolean {
  for (let slash = to.indexOf("/"); slash >= 0; slash = to.indexOf("/", slash + 1)) {
    if (prefixes.has(to.slice(0, slash))) return true;
  }
  return prefixes.has(to);
}
