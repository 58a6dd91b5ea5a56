// Which owned addresses this host hears, and until when: the fence at the host. Closed until an owner opens it.

import type { ToHost } from "#shared/messages/to-host.ts";
import type { Address } from "./actor.ts";

export interface OwnedAddresses {
  /** Kinds whose actors exist only while owned. */
  readonly kinds: ReadonlySet<string>;
  readonly owned: Set<Address>;
  validUntilMs: number;
}

export const startOwnedAddresses = (kinds: ReadonlySet<string>): OwnedAddresses => ({
  kinds,
  owned: new Set(),
  validUntilMs: -Infinity,
});

/** Hears which addresses come and go: each once. */
export interface OwnershipListener {
  onOwned(address: Address): void;
  onDisowned(address: Address): void;
}

/** Addresses whose actors must be forgotten: those now disowned, and those that begin anew. */
export function heardByHost(
  addresses: OwnedAddresses,
  message: ToHost,
  listener?: OwnershipListener,
): readonly Address[] {
  const { owned } = addresses;
  switch (message.kind) {
    case "own":
      for (const address of message.addresses) {
        if (owned.has(address)) continue;
        owned.add(address);
        listener?.onOwned(address);
      }
      return message.addresses;
    case "disown":
      for (const address of message.addresses) {
        if (owned.delete(address)) listener?.onDisowned(address);
      }
      return message.addresses;
    case "valid-until":
      addresses.validUntilMs = message.atMs;
      return [];
    default:
      return message satisfies never;
  }
}

export const isValid = ({ validUntilMs }: OwnedAddresses, nowMs: number): boolean =>
  nowMs <= validUntilMs;
