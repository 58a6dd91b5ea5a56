// How a process is: what it says of itself, since when it runs, and how late its event loop was lately.

import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { InspectableHost } from "#shared/actor/host.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { ProcessStatus, Readiness } from "#services/console/platform-view.ts";
import { ownedHere } from "./process-view.ts";

export interface PulsePorts {
  readonly self: { readonly role: string; readonly process: string; readonly zone: string };
  readonly fleet: () => Fleet;
  readonly readiness: () => Readiness;
  readonly host: Pick<InspectableHost, "statesOf">;
}

export interface ProcessPulse {
  status(ports: PulsePorts): ProcessStatus;
  stop(): void;
}

const resolutionMs = 20;
const windowMs = 10_000;

export function processPulse(): ProcessPulse {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let sinceMs = performance.now();
  let lagBeforeMs = 0;
  const turnWindow = (): void => {
    if (performance.now() - sinceMs < windowMs) return;
    lagBeforeMs = lagOf(delays);
    sinceMs = performance.now();
    delays.reset();
  };
  return {
    status: ({ self, fleet, readiness, host }) => {
      turnWindow();
      const { isReady, missing } = readiness();
      return {
        ...self,
        isReady,
        missing,
        owned: ownedHere(host),
        fleetVersion: fleet().version,
        eventLoopLagMs: Math.round(Math.max(lagBeforeMs, lagOf(delays)) * 1000) / 1000,
        startedAtEpochMs: Math.round(performance.timeOrigin),
      };
    },
    stop: () => {
      delays.disable();
    },
  };
}

/** What is measured is the time between two looks, of which the resolution is no delay. */
const lagOf = (delays: ReturnType<typeof monitorEventLoopDelay>): number =>
  delays.count === 0 ? 0 : Math.max(0, delays.percentile(99) / 1e6 - resolutionMs);
