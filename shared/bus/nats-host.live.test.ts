import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "#shared/actor/actor.ts";
import { createFleetHost } from "#shared/actor/fleet-host.ts";
import type { FleetHost } from "#shared/actor/fleet-host.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { hostCases } from "#shared/actor/host.cases.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import { protocolVersion } from "./msgpackr-envelope.ts";
import { createNatsBus } from "./nats-bus.ts";
import { connectNats } from "./nats-connection.ts";
import { cancelOf, eventsOf, settled, startLiveProcess, until } from "./nats-live.cases.ts";
import type { LiveProcess } from "./nats-live.cases.ts";
import { subjectOf } from "./subjects.ts";
import { Packr } from "msgpackr";

const folder = mkdtempSync(join(tmpdir(), "fairlead-bus-"));
const nats = await startNatsServers({ folder, members: 1 });
const { servers, members } = nats;
after(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

hostCases("fleet host over NATS", async ({ actors, devices = {}, ...options }) => {
  const notes: NoteRecord[] = [];
  const onNote = (record: NoteRecord): void => {
    notes.push(record);
  };
  const link = await connectNats({ servers, role: "control", process: "test", onNote });
  const bus = createNatsBus({
    link,
    deliver: (from, to, message) => host.deliver(from, to, message),
    onNote,
  });
  const hears = ["puppet/ann", "puppet/bob", "host/test", "printer", "flood"];
  const hearing = new Map<Address, () => void>();
  const host: FleetHost = createFleetHost({
    ...options,
    process: "test",
    freeze: true,
    onNote,
    hears,
    carry: (from, to, message) => bus.carry(from, to, message),
    onOwned: (address) => hearing.set(address, bus.hear(address)),
    onDisowned: (address) => hearing.get(address)?.(),
  });
  for (const actor of actors) host.register(actor);
  for (const [kind, device] of Object.entries(devices)) host.attach(kind, device);
  for (const prefix of hears) bus.hear(prefix);
  await link.connection.flush();
  return {
    host,
    notes,
    advance: (ms) => sleep(ms),
    deliverBytes: (to, bytes) => link.connection.publish(subjectOf("router", to) ?? "", bytes),
    stop: async () => {
      host.stop();
      bus.close();
      await link.close();
    },
  };
});

const router = "router/p1" as Address;
const acme = "tenant-queue/acme" as Address;
const bolt = "tenant-queue/bolt.cv *>" as Address;

async function joined(
  names: readonly string[],
  check: (...processes: readonly LiveProcess[]) => Promise<void>,
): Promise<void> {
  const processes = await Promise.all(
    names.map((process) => startLiveProcess({ servers, process })),
  );
  try {
    await check(...processes);
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

const pair = (check: (one: LiveProcess, two: LiveProcess) => Promise<void>): Promise<void> =>
  joined(["one", "two"], async (one, two) => {
    assert.ok(one !== undefined && two !== undefined);
    await check(one, two);
  });

test("what one sender sends to another process arrives in its order", () =>
  pair(async (one, two) => {
    two.own(acme, bolt);
    await settled(two);
    const words = Array.from({ length: 500 }, (_, index) => `${index}`);
    for (const word of words) {
      one.host.send(router, acme, cancelOf(word));
      one.host.send(router, bolt, cancelOf(word));
    }
    await until(() => two.heard(bolt).length === words.length, "all have arrived");
    assert.deepEqual(two.heard(acme), words);
    assert.deepEqual(two.heard(bolt), words);
    assert.deepEqual(one.heard(acme), []);
  }));

test("what a process itself hears does not go through the network", () =>
  pair(async (one) => {
    one.own(acme);
    one.host.send(router, acme, cancelOf("here"));
    assert.deepEqual(one.heard(acme), ["here"], "before any server could have brought it back");
    await settled(one);
    await sleep(50);
    assert.deepEqual(one.heard(acme), ["here"]);
  }));

test("an owned address moves to another process, and the old one stops hearing", () =>
  joined(["one", "two", "sender"], async (one, two, sender) => {
    assert.ok(one !== undefined && two !== undefined && sender !== undefined);
    one.own(acme);
    await settled(one);
    sender.host.send(router, acme, cancelOf("first"));
    await until(() => one.heard(acme).length === 1, "the first owner hears");
    one.disown(acme);
    two.own(acme);
    await settled(one, two);
    sender.host.send(router, acme, cancelOf("second"));
    one.host.send(router, acme, cancelOf("third"));
    await until(() => two.heard(acme).length === 2, "the second owner hears");
    assert.deepEqual(one.heard(acme), ["first"]);
    assert.deepEqual(eventsOf(one, "host.dropped"), [], "nothing was brought to the old owner");
  }));

test("what is not here is not carried on, but dropped with a note", () =>
  pair(async (one, two) => {
    two.bus.hear(acme);
    await settled(two);
    one.host.send(router, acme, cancelOf("stray"));
    await until(() => eventsOf(two, "host.dropped").length > 0, "it is dropped");
    await sleep(50);
    assert.deepEqual(
      eventsOf(two, "host.dropped").map(({ fields }) => fields["why"]),
      ["not here"],
    );
  }));

const packr = new Packr({ useRecords: false });

test("what is of another protocol version, forged or inner is dropped, and the note says why", () =>
  pair(async (one, two) => {
    two.own(acme);
    await settled(two);
    const subject = subjectOf("router", acme) ?? "";
    const say = (...envelope: readonly unknown[]): void =>
      one.link.connection.publish(subject, packr.pack(envelope));
    say(protocolVersion + 1, router, acme, cancelOf("future"));
    say(protocolVersion, "session/e1/r1", acme, cancelOf("another sender's kind"));
    say(protocolVersion, router, bolt, cancelOf("another receiver"));
    say(protocolVersion, router, acme, { kind: "timer-fired", name: "tick" });
    one.host.send(router, acme, cancelOf("good"));
    await until(() => two.heard(acme).length > 0, "the good one arrives");
    assert.deepEqual(two.heard(acme), ["good"]);
    assert.deepEqual(
      eventsOf(two, "host.dropped").map(({ fields }) => fields["why"]),
      [
        `protocol version ${protocolVersion + 1}`,
        "its subject says otherwise",
        "its subject says otherwise",
        "only said within a process",
      ],
    );
  }));

test("a message larger than the bus takes is refused at once", () =>
  pair(async (one, two) => {
    two.own(acme);
    await settled(two);
    assert.equal(one.host.send(router, acme, cancelOf("x".repeat(600 * 1024))), "refused");
    assert.equal(eventsOf(one, "bus.too-large").length, 1);
    assert.equal(one.host.send(router, acme, cancelOf("small")), "accepted");
    await until(() => two.heard(acme).length > 0, "others still travel");
    assert.deepEqual(two.heard(acme), ["small"]);
  }));

test("a flood is bounded by the receiver's mailbox, not kept", () =>
  pair(async (one, two) => {
    two.own(acme);
    await settled(two);
    const before = process.memoryUsage().rss;
    const flood = 50_000;
    for (let index = 0; index < flood; index++) {
      one.host.send(router, acme, cancelOf(`${index}`));
      if (index % 1_000 === 999) await sleep(0);
    }
    await settled(one, two);
    await until(() => two.heard(acme).length >= flood / 2, "most of it arrives");
    await sleep(100);
    const grownMb = (process.memoryUsage().rss - before) / 1024 / 1024;
    assert.ok(grownMb < 150, `${grownMb} MB more`);
    one.host.send(router, acme, cancelOf("after"));
    await until(() => two.heard(acme).at(-1) === "after", "it hears on");
  }));

test("what is said while the server is away is lost with a note, and traffic resumes when it is back", () =>
  pair(async (one, two) => {
    const [server] = members;
    assert.ok(server !== undefined);
    two.own(acme);
    await settled(two);
    one.host.send(router, acme, cancelOf("before"));
    await until(() => two.heard(acme).length === 1, "it arrives");
    const restarting = server.restart();
    await until(() => eventsOf(one, "bus.disconnected").length > 0, "the outage is seen");
    assert.equal(one.host.send(router, acme, cancelOf("lost")), "accepted");
    assert.deepEqual(
      eventsOf(one, "bus.dropped").map(({ fields }) => fields["why"]),
      ["not connected"],
    );
    await restarting;
    await until(
      () => [one, two].every((each) => eventsOf(each, "bus.reconnected").length > 0),
      "both are back",
    );
    await settled(one, two);
    one.host.send(router, acme, cancelOf("after"));
    await until(() => two.heard(acme).length === 2, "traffic resumes");
    assert.deepEqual(two.heard(acme), ["before", "after"]);
  }));
