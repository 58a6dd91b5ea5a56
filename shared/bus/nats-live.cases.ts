// What the live tests of the bus share: processes with a link, a bus and a fleet host each, joined by real servers.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor, Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { FleetHost } from "#shared/actor/fleet-host.ts";
import { createFleetHost } from "#shared/actor/fleet-host.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { FleetRole, Trust } from "#shared/config/trust.ts";
import { hostAddress } from "#shared/messages/addresses.ts";
import type { NatsBus } from "./nats-bus.ts";
import { createNatsBus } from "./nats-bus.ts";
import type { NatsLink } from "./nats-connection.ts";
import { connectNats } from "./nats-connection.ts";

export interface LiveProcess {
  readonly host: FleetHost;
  readonly bus: NatsBus;
  readonly link: NatsLink;
  readonly notes: NoteRecord[];
  /** What the queue of a tenant heard here, in order: the requests it was told to cancel. */
  heard(queue: Address): readonly unknown[];
  own(...addresses: readonly Address[]): void;
  disown(...addresses: readonly Address[]): void;
  stop(): Promise<void>;
}

export interface LiveProcessOptions {
  readonly servers: readonly string[];
  readonly role?: FleetRole;
  readonly process: string;
  readonly trust?: Trust;
}

/** Stands for a tenant's queue: says what it was told to cancel. */
const listener: Actor<null, { readonly requestId: string }> = {
  name: "tenant-queue",
  init: () => null,
  receive: (_state, { message }) => [note("heard", { requestId: message.requestId })],
};

export async function startLiveProcess(options: LiveProcessOptions): Promise<LiveProcess> {
  const { servers, role = "control", process, trust } = options;
  const notes: NoteRecord[] = [];
  const onNote = (record: NoteRecord): void => {
    notes.push(record);
  };
  const link = await connectNats({
    servers,
    role,
    process,
    onNote,
    ...(trust === undefined ? {} : { trust }),
  });
  const bus = createNatsBus({
    link,
    deliver: (from, to, message) => host.deliver(from, to, message),
    onNote,
  });
  const hearing = new Map<Address, () => void>();
  const host: FleetHost = createFleetHost({
    process,
    ownedKinds: new Set(["tenant-queue"]),
    onNote,
    hears: [`host/${process}`],
    carry: (from, to, message) => bus.carry(from, to, message),
    onOwned: (address) => hearing.set(address, bus.hear(address)),
    onDisowned: (address) => hearing.get(address)?.(),
  });
  host.register(listener);
  const tellHost = (message: unknown): void => {
    host.send(`owner/${process}` as Address, hostAddress(process), message);
  };
  tellHost({ kind: "valid-until", atMs: Infinity });
  return {
    host,
    bus,
    link,
    notes,
    heard: (queue) =>
      notes
        .filter(({ actor, event }) => actor === queue && event === "heard")
        .map(({ fields }) => fields["requestId"]),
    own: (...addresses) => tellHost({ kind: "own", addresses }),
    disown: (...addresses) => tellHost({ kind: "disown", addresses }),
    stop: async () => {
      host.stop();
      bus.close();
      await link.close();
    },
  };
}

export const cancelOf = (requestId: string): unknown => ({ kind: "cancel", requestId });

export const eventsOf = (
  { notes }: Pick<LiveProcess, "notes">,
  event: string,
): readonly NoteRecord[] => notes.filter((record) => record.event === event);

/** All that the server was told has reached it, and its answers have come back. */
export const settled = (...processes: readonly LiveProcess[]): Promise<unknown> =>
  Promise.all(processes.map(({ link }) => link.connection.flush()));

export async function until(isSo: () => boolean, what: string, timeoutMs = 8_000): Promise<void> {
  const endsAtMs = performance.now() + timeoutMs;
  while (!isSo()) {
    assert.ok(performance.now() < endsAtMs, `not within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}
