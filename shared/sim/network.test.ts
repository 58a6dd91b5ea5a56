import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { LinkFaults } from "./network.ts";
import { noFaults, SimulatedNetwork } from "./network.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { Trace } from "./trace.ts";

const messages = 200;
const everyMs = 10;
const mailbox = "mailbox/there" as Address;

const harsh: LinkFaults = {
  loss: 0.2,
  duplication: 0.2,
  delay: 0.2,
  reordering: 0.2,
  lateMs: 5,
};

interface Bench {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  /** When each message arrived, once or twice. */
  readonly arrivals: readonly number[][];
}

function startBench(faults: LinkFaults): Bench {
  const random = new SeededRandom(7, "seed");
  const clock = new SimulatedClock(random);
  const network = new SimulatedNetwork(clock, random, new Trace());
  const arrivals: number[][] = Array.from({ length: messages }, () => []);
  network.join({
    process: "there",
    arrive: (_to, parcel) => arrivals[(parcel as Uint8Array)[0] ?? 0]?.push(clock.nowMs),
  });
  network.setFaults(faults);
  return { clock, network, arrivals };
}

/** Far enough apart that none holds up the next. */
function arrivalsUnder(faults: LinkFaults): readonly number[][] {
  const { clock, network, arrivals } = startBench(faults);
  for (let number = 0; number < messages; number++) {
    clock.runUntil(number * everyMs);
    network.transmit(
      network.placeNamed("here"),
      network.placeNamed("there"),
      mailbox,
      Uint8Array.of(number),
    );
  }
  clock.runUntil(messages * everyMs);
  return arrivals;
}

test("one kind of fault taken away shifts no other: what it did not strike comes when it came", () => {
  const all = arrivalsUnder(harsh);
  for (const kind of ["loss", "duplication", "delay", "reordering"] as const) {
    const without = arrivalsUnder({ ...harsh, [kind]: 0 });
    const changed = all.filter((times, number) => String(times) !== String(without[number]));
    const share = changed.length / messages;
    assert.ok(share > 0.1 && share < 0.35, `${kind}, one message in five: ${share} came otherwise`);
    if (kind === "loss") assert.deepEqual(changed.flat(), [], "only lost ones came back");
  }
});

test("a link opens when everyone who blocked it is done", () => {
  const { clock, network, arrivals } = startBench(noFaults);
  const send = (number: number): void => {
    network.transmit(
      network.placeNamed("here"),
      network.placeNamed("there"),
      mailbox,
      Uint8Array.of(number),
    );
    clock.runUntil(clock.nowMs + 1);
  };
  network.block("here", "there");
  network.block("here", "there");
  send(0);
  network.unblock("here", "there");
  send(1);
  network.unblock("here", "there");
  send(2);
  assert.deepEqual(
    arrivals.slice(0, 3).map(({ length }) => length),
    [0, 0, 1],
  );
  assert.equal(network.faultCounts()["cut off"], 2);
});

test("a network without faults delivers everything once and in order, and takes none later", () => {
  const random = new SeededRandom(7, "seed");
  const clock = new SimulatedClock(random);
  const network = new SimulatedNetwork(clock, random, new Trace(), { isFaultless: true });
  const heard: number[] = [];
  network.join({
    process: "there",
    arrive: (_to, parcel) => heard.push((parcel as Uint8Array)[0] ?? 0),
  });
  for (let number = 0; number < messages; number++) {
    network.transmit(
      network.placeNamed("here"),
      network.placeNamed("there"),
      mailbox,
      Uint8Array.of(number % 256),
    );
  }
  clock.runUntil(1000);
  assert.deepEqual(
    heard,
    Array.from({ length: messages }, (_, number) => number % 256),
  );
  assert.throws(() => network.setFaults(harsh), /gets none/);
  assert.throws(() => network.block("here", "there"), /gets none/);
});
