import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import type { Address } from "#shared/actor/actor.ts";
import { readTrust } from "#shared/config/trust.ts";
import type { LiveProcess } from "./nats-live.cases.ts";
import { cancelOf, eventsOf, settled, startLiveProcess, until } from "./nats-live.cases.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-cluster-"));
const authority = createFleetAuthority(join(folder, "authority"));
const nats = await startNatsServers({ folder, members: 3, authority });
after(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

const router = "router/p1" as Address;
const acme = "tenant-queue/acme" as Address;

const serverOf = ({ link }: LiveProcess): string => link.connection.getServer();

const start = (process: string, servers = nats.servers): Promise<LiveProcess> =>
  startLiveProcess({ servers, process, trust: readTrust(authority.issue("control", process)) });

test("when the member dies that a process is connected to, it goes on over another", async () => {
  const one = await start("one");
  const two = await start("two");
  try {
    two.own(acme);
    await settled(one, two);
    one.host.send(router, acme, cancelOf("before"));
    await until(() => two.heard(acme).length === 1, "messages cross the cluster");
    const old = serverOf(one);
    const member = nats.members.find(({ port }) => old.endsWith(`:${port}`));
    assert.ok(member !== undefined);
    member.signal("SIGKILL");
    await until(() => eventsOf(one, "bus.reconnected").length > 0, "it is connected again");
    assert.notEqual(serverOf(one), old);
    let count = 0;
    await until(() => {
      one.host.send(router, acme, cancelOf(`after ${count++}`));
      return two.heard(acme).length > 1;
    }, "messages cross again");
    await member.restart();
  } finally {
    await Promise.all([one.stop(), two.stop()]);
  }
});

test("what a hanging member does not take is bounded, and the rest is lost with a note", async () => {
  const [member] = nats.members;
  const [hanging] = nats.servers;
  assert.ok(member !== undefined && hanging !== undefined);
  const one = await start("one", [hanging]);
  try {
    member.signal("SIGSTOP");
    const before = process.memoryUsage().rss;
    const text = "x".repeat(100_000);
    for (let count = 0; count < 3_000; count++) one.host.send(router, acme, cancelOf(text));
    assert.ok(
      eventsOf(one, "bus.dropped").some(
        ({ fields }) => fields["why"] === "the server does not keep up",
      ),
    );
    const grownMb = (process.memoryUsage().rss - before) / 1024 / 1024;
    assert.ok(grownMb < 150, `${grownMb} MB more for 300 MB said`);
  } finally {
    member.signal("SIGCONT");
    await one.stop();
  }
});
