// A process's host and its place on the bus: what the process owns it also hears, and what goes to nobody here is
// carried to others; between sessions and workers by the data plane, since tokens never touch the broker.

import type { Address } from "#shared/actor/actor.ts";
import type { FleetHost } from "#shared/actor/fleet-host.ts";
import { createFleetHost } from "#shared/actor/fleet-host.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { createNatsBus } from "#shared/bus/nats-bus.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { Closers } from "./closers.ts";
import type { ProcessWorkers } from "./role-addresses.ts";
import { busPrefixes, ownPrefixes } from "./role-addresses.ts";
import { ownedKinds } from "./role-actors.ts";

export type Carry = (from: Address, to: Address, message: unknown) => "accepted" | "refused";

export interface HostOnBus {
  readonly host: FleetHost;
  /** From now on; before, messages between sessions and workers are refused. */
  readonly carryTokensBy: (carry: Carry) => void;
}

export interface HostOnBusPorts {
  readonly role: FleetRole;
  readonly process: string;
  readonly runs: ProcessWorkers;
  readonly link: NatsLink;
  readonly onNote: (record: NoteRecord) => void;
  readonly onRestart: (address: Address) => void;
  readonly closers: Closers;
}

export function hostOnBus(ports: HostOnBusPorts): HostOnBus {
  const { role, process, runs, link, onNote, onRestart, closers } = ports;
  let carryTokens: Carry = () => "refused";
  const bus = createNatsBus({
    link,
    deliver: (from, to, message) => host.deliver(from, to, message),
    onNote,
  });
  closers.add(() => bus.close());
  const hearing = new Map<Address, () => void>();
  const unhear = (address: Address): void => {
    hearing.get(address)?.();
    hearing.delete(address);
  };
  const host: FleetHost = createFleetHost({
    process,
    ownedKinds: role === "control" ? ownedKinds : new Set(),
    onNote,
    onRestart,
    hears: ownPrefixes(role, process, runs),
    carry: (from, to, message) =>
      isTokenPath(from, to) ? carryTokens(from, to, message) : bus.carry(from, to, message),
    onOwned: (address) => {
      unhear(address);
      hearing.set(address, bus.hear(address));
    },
    onDisowned: unhear,
  });
  closers.add(() => host.stop());
  for (const prefix of busPrefixes(role, process, runs)) bus.hear(prefix);
  return {
    host,
    carryTokensBy: (carry) => {
      carryTokens = carry;
    },
  };
}

function isTokenPath(from: Address, to: Address): boolean {
  const sender = kindOf(from);
  const receiver = kindOf(to);
  return (
    (sender === "session" && receiver === "worker") ||
    (sender === "worker" && receiver === "session")
  );
}
