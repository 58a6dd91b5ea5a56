// The servers below: streams do not need them while they last; admission waits until they are back.

import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import type { Scenario } from "#loadtest/chaos/scenario.ts";
import type { Stage } from "#loadtest/chaos/stage.ts";

const outageMs = 4_000;
const quietMs = 8_000;
/** Longer than the lease: every owner has to let go. */
const quorumLossMs = 8_000;

async function takeDown(stage: Stage, victims: readonly ClusterMember[], forMs: number) {
  for (const victim of victims) stage.kill(victim);
  await sleep(forMs);
  await Promise.all(victims.map((victim) => stage.restart(victim)));
  await sleep(quietMs);
}

export const etcdLeader: Scenario = {
  name: "etcd-leader",
  about: "each member of etcd in turn is killed for 4 s, so the leader is among them",
  async disturb(stage) {
    for (const member of stage.members("etcd")) await takeDown(stage, [member], outageMs);
  },
};

export const etcdQuorum: Scenario = {
  name: "etcd-quorum",
  about: "two of three members of etcd are killed for 8 s, longer than a lease",
  disturb: (stage) => takeDown(stage, stage.members("etcd").slice(0, 2), quorumLossMs),
};

export const natsRestart: Scenario = {
  name: "nats-restart",
  about: "each NATS server in turn is killed for 4 s, then all three at once",
  async disturb(stage) {
    for (const member of stage.members("nats")) await takeDown(stage, [member], outageMs);
    await takeDown(stage, stage.members("nats"), outageMs);
  },
};

export const natsPause: Scenario = {
  name: "nats-pause",
  about: "each NATS server in turn stands still for 4 s with its sockets open",
  async disturb(stage) {
    for (const member of stage.members("nats")) {
      stage.pause(member);
      await sleep(outageMs);
      stage.goOn(member);
      await sleep(quietMs);
    }
  },
};
