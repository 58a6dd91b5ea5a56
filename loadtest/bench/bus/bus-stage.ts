// Everything that one run compares: three NATS servers under an authority, and a pair of processes for each way.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import type { NatsServers } from "#deploy/local/servers/nats-servers.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { untilInterrupted } from "#loadtest/bench/interruption.ts";
import { idleShare } from "./cpu-of.ts";
import type { PeerName } from "./peer.ts";
import { PeerProcess } from "./peer-process.ts";

export type Way = "nats actor" | "grpc actor" | "nats token" | "grpc token";

export interface Pair {
  readonly speaker: PeerProcess;
  readonly listener: PeerProcess;
  /** Empty where no broker is between them. */
  readonly brokerPids: readonly number[];
  /** Cores that they take when idle. */
  readonly brokerIdleShare: number;
}

export interface BusStage {
  readonly pairs: ReadonlyMap<Way, Pair>;
}

interface PlannedPeer {
  readonly name: PeerName;
  readonly role: FleetRole;
  readonly process: string;
}

interface PlannedPair {
  readonly way: Way;
  /** The second one dials the first. */
  readonly peers: readonly [PlannedPeer, PlannedPeer];
  readonly speaks: 0 | 1;
}

const planned: readonly PlannedPair[] = [
  {
    way: "nats actor",
    peers: [
      { name: "nats-actor-listener", role: "control", process: "control-b-1" },
      { name: "nats-actor-speaker", role: "control", process: "control-a-1" },
    ],
    speaks: 1,
  },
  {
    way: "grpc actor",
    peers: [
      { name: "grpc-actor-listener", role: "control", process: "control-b-2" },
      { name: "grpc-actor-speaker", role: "control", process: "control-a-2" },
    ],
    speaks: 1,
  },
  {
    way: "nats token",
    peers: [
      { name: "nats-token-listener", role: "edge", process: "edge-b-2" },
      { name: "nats-token-speaker", role: "control", process: "control-a-3" },
    ],
    speaks: 1,
  },
  {
    way: "grpc token",
    peers: [
      { name: "grpc-token-speaker", role: "worker", process: "worker-a-1" },
      { name: "grpc-token-listener", role: "edge", process: "edge-a-1" },
    ],
    speaks: 0,
  },
];

/** `isOneServer`: both ends of a pair at the same server, instead of servers of two zones. */
export async function onBusStage<Result>(
  isOneServer: boolean,
  measure: (stage: BusStage) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-bus-"));
  const ends: (() => Promise<void>)[] = [];
  try {
    return await untilInterrupted(async () => measure(await raise(folder, isOneServer, ends)));
  } finally {
    for (const end of ends.toReversed()) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function raise(
  folder: string,
  isOneServer: boolean,
  ends: (() => Promise<void>)[],
): Promise<BusStage> {
  const authority = createFleetAuthority(join(folder, "authority"));
  const nats = await startNatsServers({ folder, members: 3, authority });
  ends.push(() => nats.stop());
  const brokerPids = nats.members.map(({ pid }) => pid);
  const brokerIdleShare = await idleShare(brokerPids);
  const pairs = new Map<Way, Pair>();
  for (const pair of planned) {
    const ofPair = await openPair(pair, { authority, nats, isOneServer, ends });
    const isBrokered = pair.way.startsWith("nats");
    pairs.set(pair.way, { ...ofPair, brokerIdleShare, brokerPids: isBrokered ? brokerPids : [] });
  }
  return { pairs };
}

interface Surroundings {
  readonly authority: FleetAuthority;
  readonly nats: NatsServers;
  readonly isOneServer: boolean;
  readonly ends: (() => Promise<void>)[];
}

async function openPair(
  { way, peers, speaks }: PlannedPair,
  { authority, nats, isOneServer, ends }: Surroundings,
): Promise<Pick<Pair, "speaker" | "listener">> {
  const opened: PeerProcess[] = [];
  let address = "";
  for (const [at, { name, role, process }] of peers.entries()) {
    const found = await PeerProcess.open({
      name,
      process,
      trust: authority.issue(role, process),
      natsServer: nats.servers[isOneServer ? 0 : at] ?? "",
      address,
    });
    ends.push(() => found.peer.end());
    opened.push(found.peer);
    address = found.address;
  }
  const speaker = opened[speaks];
  const listener = opened[1 - speaks];
  if (speaker === undefined || listener === undefined) throw new Error(`${way} is no pair`);
  return { speaker, listener };
}
