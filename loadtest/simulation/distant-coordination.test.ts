import { MemoryCoordination } from "#shared/coordination/memory-coordination.ts";
import { coordinationCases } from "#shared/coordination/coordination.cases.ts";
import { coordinationOutageCases } from "#shared/coordination/coordination-outage.cases.ts";
import { SimulatedNetwork } from "#shared/sim/network.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import { SimulatedHost } from "#shared/sim/simulated-host.ts";
import { fleetWire } from "#shared/sim/wire.ts";
import { Trace } from "#shared/sim/trace.ts";
import { DistantCoordination } from "./distant-coordination.ts";

// The coordination store as a simulated process reaches it keeps the contract that etcd keeps, and fails as etcd fails.

function distant() {
  const random = new SeededRandom(7, "distant");
  const clock = new SimulatedClock(random);
  const trace = new Trace();
  const network = new SimulatedNetwork(clock, random, trace);
  const host = new SimulatedHost({ clock, network, trace, wire: fleetWire }, { process: "p1" });
  const memory = new MemoryCoordination({
    clock: {
      nowMs: () => clock.nowMs,
      later(delayMs, work) {
        let isCancelled = false;
        clock.schedule(clock.nowMs + delayMs, () => {
          if (!isCancelled) work();
        });
        return () => {
          isCancelled = true;
        };
      },
    },
  });
  const store = new DistantCoordination(memory, host, { clock, random });
  const advance = async (ms: number): Promise<void> => {
    // The suite asks from promises: let what it has to say be said first.
    await Promise.resolve();
    clock.runUntil(clock.nowMs + ms);
  };
  const stop = async (): Promise<void> => memory.close();
  return { memory, store, advance, stop };
}

coordinationCases("as a simulated process reaches it", async () => {
  const { memory, store, advance, stop } = distant();
  return { store, advance, stop, interruptWatches: async () => memory.interruptWatches(300) };
});

coordinationOutageCases("as a simulated process reaches it", async () => {
  const { memory, store, advance, stop } = distant();
  return {
    store,
    advance,
    stop,
    loseMajority: async () => memory.setMajority(false),
    regainMajority: async () => memory.setMajority(true),
    changeLeader: async () => memory.refreshLeases(),
    hang: async () => store.setAway(true),
    unhang: async () => store.setAway(false),
  };
});
