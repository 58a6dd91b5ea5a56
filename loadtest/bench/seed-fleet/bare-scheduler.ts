// What the simulator itself costs: actors that only pass a word on to the next process, now and then by a timer, in as
// many processes as a small fleet has.

import { performance } from "node:perf_hooks";
import type { Actor, Address } from "#shared/actor/actor.ts";
import { arm, send } from "#shared/actor/actor.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import { SimulatedNetwork } from "#shared/sim/network.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import { SimulatedHost } from "#shared/sim/simulated-host.ts";
import { Trace } from "#shared/sim/trace.ts";
import type { Wire } from "#shared/sim/wire.ts";
import { fleetWire, handingWire } from "#shared/sim/wire.ts";

const processes = 64;
/** On their way at any time. */
const words = 512;
/** Every so many words wait for a timer first. */
const timerEvery = 8;
const timerMs = 1;
/** Simulated, without being measured and measured. */
const warmUpMs = 100;

export interface SchedulerSpeed {
  /** Arrivals per second of wall time, messages handed over, and packed and unpacked. */
  readonly scheduler_events_per_s: number;
  readonly scheduler_events_per_s_packed: number;
}

export const measureScheduler = (forMs: number): SchedulerSpeed => ({
  scheduler_events_per_s: eventsPerS(handingWire, forMs),
  scheduler_events_per_s_packed: eventsPerS(fleetWire, forMs),
});

function eventsPerS(wire: Wire, forMs: number): number {
  const random = new SeededRandom(1, "bare-scheduler");
  const clock = new SimulatedClock(random);
  const trace = new Trace();
  const isFaultless = wire === handingWire;
  const network = new SimulatedNetwork(clock, random, trace, { isFaultless });
  const hosts = Array.from({ length: processes }, (_, at) => {
    const process = `process-${at}`;
    network.place(`meter/${process}`, process);
    const host = new SimulatedHost({ clock, network, trace, wire }, { process, clockOffsetMs: at });
    host.register(passer);
    return host;
  });
  for (let word = 0; word < words; word++) {
    const at = word % processes;
    hosts[at]?.send(nobody, meterAddress(`process-${at}`), { kind: "taken", batch: word });
  }
  clock.runUntil(warmUpMs);
  const arrivals = (): number => hosts.reduce((sum, host) => sum + host.arrivals, 0);
  const before = arrivals();
  const beganAt = performance.now();
  while (performance.now() - beganAt < forMs) clock.runUntil(clock.nowMs + 1);
  return Math.round(((arrivals() - before) * 1000) / (performance.now() - beganAt));
}

const nobody = "nobody/bench" as Address;

interface Passer {
  readonly next: Address;
}

const passer: Actor<Passer, ToMeter> = {
  name: "meter",
  init: (self) => ({ next: nextOf(self) }),
  receive({ next }, { message, nowMs }) {
    if (message.kind === "timer-fired") return [send(next, { kind: "taken", batch: 1 })];
    if (message.kind !== "taken") return [];
    const { batch } = message;
    if (batch % timerEvery === 0) {
      return [arm("flush", nowMs + timerMs, { kind: "timer-fired", name: "flush" })];
    }
    return [send(next, { kind: "taken", batch: batch + 1 })];
  },
};

function nextOf(self: Address): Address {
  const at = Number(self.slice(self.lastIndexOf("-") + 1));
  return meterAddress(`process-${(at + 1) % processes}`);
}
