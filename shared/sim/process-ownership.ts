// What one simulated process owns, as its owner has told it, and what the network knows of that.

import type { Address } from "#shared/actor/actor.ts";
import type { OwnedAddresses } from "#shared/actor/owned-addresses.ts";
import { heardByHost, isValid, startOwnedAddresses } from "#shared/actor/owned-addresses.ts";
import type { ToHost } from "#shared/messages/to-host.ts";
import type { SimulatedNetwork } from "./network.ts";

export class ProcessOwnership {
  readonly #network: SimulatedNetwork;
  readonly #process: string;
  readonly #addresses: OwnedAddresses;

  constructor(network: SimulatedNetwork, process: string, kinds: ReadonlySet<string>) {
    this.#network = network;
    this.#process = process;
    this.#addresses = startOwnedAddresses(kinds);
  }

  isOwnedKind(kind: string): boolean {
    return this.#addresses.kinds.has(kind);
  }

  owns(address: Address): boolean {
    return this.#addresses.owned.has(address);
  }

  mayExist(address: Address, kind: string): boolean {
    return !this.isOwnedKind(kind) || this.owns(address);
  }

  /** Whatever is owned may be heard at this moment. */
  isValid(nowMs: number): boolean {
    return isValid(this.#addresses, nowMs);
  }

  /** Addresses whose actors must be forgotten: those now disowned, and those that begin anew. */
  hear(message: ToHost): readonly Address[] {
    const addresses = heardByHost(this.#addresses, message);
    for (const address of addresses) {
      if (message.kind === "own") this.#network.hear(address, this.#process);
      else this.#network.unhear(address, this.#process);
    }
    return addresses;
  }

  /** The process dies. */
  leave(): void {
    for (const address of this.#addresses.owned) this.#network.unhear(address, this.#process);
  }
}
