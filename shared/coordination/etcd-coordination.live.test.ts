// The contract of every coordination store, held by one etcd and by three.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import type { GetOutcome, Unknown } from "./coordination.ts";
import { coordinationCases } from "./coordination.cases.ts";
import type { CoordinationHarness } from "./coordination.cases.ts";
import { openEtcdCoordination } from "./etcd-coordination.ts";
import { startFaultyProxy } from "./etcd-faulty-proxy.ts";
import { ask, emptyEtcd, eventually } from "./etcd-store.cases.ts";

type Servers = Awaited<ReturnType<typeof startEtcdServers>>;

describe("the contract, one law after the other on each", { concurrency: 2 }, () => {
  for (const members of [1, 3] as const) {
    describe(`${members} etcd`, { concurrency: 1 }, () => {
      const folder = mkdtempSync(join(tmpdir(), "fairlead-etcd-"));
      let servers: Servers | undefined;
      before(async () => {
        servers = await startEtcdServers({ folder, members });
      });
      after(async () => {
        await servers?.stop();
        rmSync(folder, { recursive: true });
      });
      coordinationCases(`${members} etcd`, () => harnessOf(servers?.endpoints ?? []));
    });
  }
});

/** Behind proxies, so that its watches can be interrupted; emptied afterwards, for the next law. */
async function harnessOf(endpoints: readonly string[]): Promise<CoordinationHarness> {
  const proxies = await Promise.all(endpoints.map(startFaultyProxy));
  const store = await openEtcdCoordination({ endpoints: proxies.map(({ endpoint }) => endpoint) });
  return {
    store,
    advance: (ms) => sleep(ms),
    interruptWatches: async () => {
      for (const proxy of proxies) proxy.cut();
      // Questions lose their connection too: the suite's next one is not to find that out.
      await eventually("an answer after the cut", 2_000, async () => {
        const got = await ask<GetOutcome | Unknown>((answer) => store.get("/none", answer));
        return got.kind === "absent";
      });
    },
    stop: async () => {
      await store.close();
      for (const proxy of proxies) await proxy.stop();
      await emptyEtcd(endpoints[0] ?? "");
    },
  };
}
