import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import { arm, note, send } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { hostCases } from "#shared/actor/host.cases.ts";
import { SimulatedNetwork } from "./network.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { SimulatedHost } from "./simulated-host.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import { Trace } from "./trace.ts";
import type { Wire } from "./wire.ts";

// Toy actors have no mailbox that the fleet's guard would know.
const unguarded: Wire = {
  pack: (envelope) => new TextEncoder().encode(JSON.stringify(envelope)),
  unpack: (parcel) => {
    if (!(parcel instanceof Uint8Array)) return parcel;
    try {
      return { kind: "message", ...JSON.parse(new TextDecoder().decode(parcel)) };
    } catch {
      return { kind: "malformed", reason: "does not unpack" };
    }
  },
};

function startWorld(seed: number = 1): SimulatedWorld {
  const random = new SeededRandom(seed, "seed");
  const clock = new SimulatedClock(random);
  const trace = new Trace();
  return { clock, trace, network: new SimulatedNetwork(clock, random, trace), wire: unguarded };
}

hostCases("simulated host", async ({ actors, devices = {}, ...options }) => {
  const notes: NoteRecord[] = [];
  const world = startWorld();
  const host = new SimulatedHost(world, {
    ...options,
    process: "test",
    clockOffsetMs: 1234.56,
    observer: { noted: (_process, record) => notes.push(record) },
  });
  for (const actor of actors) host.register(actor);
  for (const [kind, device] of Object.entries(devices)) host.attach(kind, device);
  return {
    host,
    notes,
    advance: async (ms) => world.clock.runUntil(world.clock.nowMs + ms),
    deliverBytes: (to, bytes) => host.arrive(to, bytes),
    stop: async () => host.stop(),
  };
});

type ToEcho = { readonly kind: "say" | "relay"; readonly word: string; readonly to?: Address };

/** Notes what it hears, passes on what it shall, and ticks each 10 ms. */
const echo: Actor<{ heard: string[] }, ToEcho> = {
  name: "echo",
  init: () => ({ heard: [] }),
  receive: (state, { message, nowMs }): readonly Effect[] => {
    state.heard.push(message.word);
    if (message.kind === "relay" && message.to !== undefined) {
      return [send(message.to, { kind: "say", word: message.word })];
    }
    if (message.word === "tick") return [note("tick"), arm("tick", nowMs + 10, message)];
    return [note("heard", { word: message.word })];
  },
};

const outside = "outside/test" as Address;

function startTwo(world: SimulatedWorld): {
  readonly here: SimulatedHost;
  readonly there: SimulatedHost;
  readonly heardThere: string[];
} {
  const heardThere: string[] = [];
  const start = (process: string, clockOffsetMs: number): SimulatedHost => {
    const host = new SimulatedHost(world, {
      process,
      clockOffsetMs,
      observer: {
        noted: (where, { event, fields, nowMs }) => {
          if (where === "there") heardThere.push(`${event} ${fields["word"]} ${Math.floor(nowMs)}`);
        },
      },
    });
    host.register(echo);
    world.network.place(`echo/${process}`, process);
    return host;
  };
  return { here: start("here", 0), there: start("there", 5000), heardThere };
}

const tell = (here: SimulatedHost, word: string): void => {
  here.send(outside, "echo/here" as Address, { kind: "relay", word, to: "echo/there" });
};

test("a clean link keeps a sender's order", () => {
  const world = startWorld();
  const { here, heardThere } = startTwo(world);
  for (const word of ["a", "b", "c", "d", "e"]) tell(here, word);
  world.clock.runUntil(100);
  assert.deepEqual(
    heardThere.map((line) => line.split(" ")[1]),
    ["a", "b", "c", "d", "e"],
  );
});

test("a faulty link loses, repeats and reorders, the same way for the same seed", () => {
  const run = (seed: number): { readonly heard: readonly string[]; readonly hash: string } => {
    const world = startWorld(seed);
    const { here, heardThere } = startTwo(world);
    world.network.setFaults({
      loss: 0.2,
      duplication: 0.2,
      delay: 0.1,
      reordering: 0.2,
      lateMs: 50,
    });
    for (let count = 0; count < 200; count++) tell(here, `${count}`);
    world.clock.runUntil(1000);
    const counts = world.network.faultCounts();
    assert.ok(counts.lost > 0 && counts.duplicated > 0 && counts.reordered > 0);
    return { heard: heardThere, hash: world.trace.digest() };
  };
  assert.deepEqual(run(7), run(7));
  assert.notEqual(run(7).hash, run(8).hash);
});

test("a blocked direction lets nothing through until it is open again", () => {
  const world = startWorld();
  const { here, heardThere } = startTwo(world);
  world.network.block("here", "there");
  tell(here, "cut");
  world.clock.runUntil(10);
  world.network.unblock("here", "there");
  tell(here, "open");
  world.clock.runUntil(20);
  assert.deepEqual(
    heardThere.map((line) => line.split(" ")[1]),
    ["open"],
  );
});

test("a paused process hears everything late, with the clock as it then is", () => {
  const world = startWorld();
  const { here, there, heardThere } = startTwo(world);
  there.pause();
  tell(here, "during");
  world.clock.runUntil(1000);
  assert.deepEqual(heardThere, []);
  there.resume();
  assert.deepEqual(heardThere, ["heard during 6000"]);
});

test("a timer that fell due in a pause fires once, late", () => {
  const world = startWorld();
  const { there, heardThere } = startTwo(world);
  there.send(outside, "echo/there" as Address, { kind: "say", word: "tick" });
  world.clock.runUntil(25);
  there.pause();
  world.clock.runUntil(225);
  there.resume();
  world.clock.runUntil(236);
  assert.deepEqual(
    heardThere.map((line) => line.split(" ")[2]),
    ["5000", "5010", "5020", "5225", "5235"],
  );
});

test("a clock that steps brings timers forward with it", () => {
  const world = startWorld();
  const { there, heardThere } = startTwo(world);
  there.send(outside, "echo/there" as Address, { kind: "say", word: "tick" });
  world.clock.runUntil(5);
  there.stepClock(1000);
  world.clock.runUntil(16);
  assert.deepEqual(
    heardThere.map((line) => line.split(" ")[2]),
    ["5000", "6005", "6015"],
  );
});

test("a process that slept without its clock counting it goes on where it stood", () => {
  const world = startWorld();
  const { there, heardThere } = startTwo(world);
  there.send(outside, "echo/there" as Address, { kind: "say", word: "tick" });
  world.clock.runUntil(5);
  there.pause();
  world.clock.runUntil(505);
  there.stepClock(-500);
  there.resume();
  world.clock.runUntil(515);
  assert.deepEqual(
    heardThere.map((line) => line.split(" ")[2]),
    ["5000", "5010"],
  );
  assert.equal(there.nowMs(), 5015);
});

test("a killed process forgets; bytes on the way reach its successor", () => {
  const world = startWorld();
  const { here, there } = startTwo(world);
  there.send(outside, "echo/there" as Address, { kind: "say", word: "before" });
  there.stop();
  tell(here, "on the way");
  const successor = new SimulatedHost(world, { process: "there" });
  successor.register(echo);
  world.clock.runUntil(100);
  assert.deepEqual([...successor.statesOf("echo")], [["echo/there", { heard: ["on the way"] }]]);
});

test("two processes that both believe to own an address both hear it, and each itself alone", () => {
  const world = startWorld();
  const heard: string[] = [];
  const start = (process: string): SimulatedHost => {
    const host = new SimulatedHost(world, {
      process,
      ownedKinds: new Set(["echo"]),
      observer: {
        noted: (where, { event, fields }) => heard.push(`${where} ${event} ${fields["word"]}`),
      },
    });
    host.register(echo);
    return host;
  };
  const [one, ...others] = ["one", "two"].map((process) => {
    const host = start(process);
    const itself = `host/${process}` as Address;
    host.send(outside, itself, { kind: "own", addresses: ["echo/owned"] });
    host.send(outside, itself, { kind: "valid-until", atMs: 1000 });
    return host;
  });
  const third = start("third");
  third.send(outside, "echo/owned" as Address, { kind: "say", word: "all" });
  world.clock.runUntil(10);
  one?.send(outside, "echo/owned" as Address, { kind: "say", word: "own" });
  world.clock.runUntil(20);
  assert.deepEqual(heard.toSorted(), ["one heard all", "one heard own", "two heard all"]);
  assert.equal(others.length, 1);
});
