// Everything in one zone dies at once. Zone b: the registry, metering and Postgres of the local fleet, one of each, stand in
// a. The streams whose edge survives go on, the others are read on at another edge; those whose worker died too are asked for
// again under their key, and run again.

import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";

const lostMs = 12_000;
const readyWithinMs = 60_000;
const servers = new Set(["nats", "etcd", "postgres"]);

export const zoneLoss: Scenario = {
  name: "zone-loss",
  about: "all processes of zone b die at once, servers included, and come back after 12 s",
  async disturb(stage) {
    const zone = stage.members("worker")[1]?.zone ?? "";
    const members = stage.inZone(zone);
    for (const member of members) stage.kill(member);
    await sleep(lostMs);
    // Servers first: what needs them could not start.
    for (const member of members.toSorted(
      (a, b) => Number(servers.has(b.role)) - Number(servers.has(a.role)),
    )) {
      await stage.restart(member);
    }
    await stage.untilReady(readyWithinMs);
  },
};
