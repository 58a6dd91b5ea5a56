// The script of outages on a real etcd of three members, behind proxies that can swallow everything.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import type { OutageHarness } from "./coordination-outage.cases.ts";
import { coordinationOutageCases } from "./coordination-outage.cases.ts";
import { openEtcdCoordination } from "./etcd-coordination.ts";
import { startFaultyProxy } from "./etcd-faulty-proxy.ts";
import { emptyEtcd, leaderAmong } from "./etcd-store.cases.ts";

type Servers = Awaited<ReturnType<typeof startEtcdServers>>;

describe("three etcds", { concurrency: 1 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-etcd-outage-"));
  let servers: Servers | undefined;
  before(async () => {
    servers = await startEtcdServers({ folder, members: 3 });
  });
  after(async () => {
    await servers?.stop();
    rmSync(folder, { recursive: true });
  });
  coordinationOutageCases("3 etcd", () => harnessOf(servers as Servers));
});

async function harnessOf({ endpoints, members }: Servers): Promise<OutageHarness> {
  const proxies = await Promise.all(endpoints.map(startFaultyProxy));
  const store = await openEtcdCoordination({ endpoints: proxies.map(({ endpoint }) => endpoint) });
  const victims = members.slice(0, 2);
  return {
    store,
    advance: (ms) => sleep(ms),
    loseMajority: async () => {
      for (const victim of victims) victim.signal("SIGKILL");
      // As far away as an owner's first unanswered question.
      await sleep(50);
    },
    regainMajority: async () => {
      await Promise.all(victims.map((victim) => victim.restart()));
    },
    changeLeader: async () => {
      const leader = await leaderAmong(members);
      leader.signal("SIGKILL");
      await leader.restart();
    },
    hang: async () => {
      for (const proxy of proxies) proxy.blackhole();
    },
    unhang: async () => {
      for (const proxy of proxies) proxy.heal();
    },
    stop: async () => {
      await store.close();
      for (const proxy of proxies) await proxy.stop();
      await emptyEtcd(endpoints[0] ?? "");
    },
  };
}
