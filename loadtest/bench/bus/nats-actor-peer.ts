// Both ends of actor messages over NATS: the fleet's own bus, between two control processes.

import type { Address } from "#shared/actor/actor.ts";
import type { NatsBus } from "#shared/bus/nats-bus.ts";
import { createNatsBus } from "#shared/bus/nats-bus.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import { readTrust } from "#shared/config/trust.ts";
import { hearing, queue, routers, sayOffer } from "./actor-words.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { sayNote } from "./say-note.ts";

export async function openNatsSpeaker(options: PeerOptions): Promise<Peer> {
  const bus = await openBus(options, [queue]);
  const carry = bus.carry.bind(bus);
  return { speech: ({ kind }) => sayOffer(carry, kind === "ask") };
}

export async function openNatsListener(options: PeerOptions): Promise<Peer> {
  await openBus(options, routers);
  return {};
}

async function openBus(
  { natsServer, trust, process, latencies }: PeerOptions,
  addresses: readonly Address[],
): Promise<NatsBus> {
  const link = await connectNats({
    servers: [natsServer],
    trust: readTrust(trust),
    role: "control",
    process,
    onNote: sayNote,
  });
  const deliver = hearing(latencies, (from, to, message) => bus.carry(from, to, message));
  const bus: NatsBus = createNatsBus({ link, deliver, onNote: sayNote });
  for (const address of addresses) bus.hear(address);
  await link.connection.flush();
  return bus;
}
