// Every scenario, in the order in which `all` runs them.

import type { Scenario } from "./scenario.ts";
import { disconnectStorm, slowClients } from "#loadtest/chaos/scenarios/clients.ts";
import { drain, drainZone, rollingRestart } from "#loadtest/chaos/scenarios/drain.ts";
import { killEdge } from "#loadtest/chaos/scenarios/kill-edge.ts";
import { killOwner, killRouter } from "#loadtest/chaos/scenarios/kill-owner.ts";
import { partitionZone } from "#loadtest/chaos/scenarios/partition-zone.ts";
import { poison } from "#loadtest/chaos/scenarios/poison.ts";
import {
  etcdLeader,
  etcdQuorum,
  natsPause,
  natsRestart,
} from "#loadtest/chaos/scenarios/servers.ts";
import { killWorkers, stallWorker } from "#loadtest/chaos/scenarios/workers.ts";
import { zoneLoss } from "#loadtest/chaos/scenarios/zone-loss.ts";

export const scenarios: readonly Scenario[] = [
  killWorkers,
  stallWorker,
  drain,
  drainZone,
  killEdge,
  killOwner,
  killRouter,
  zoneLoss,
  partitionZone,
  etcdLeader,
  etcdQuorum,
  natsRestart,
  natsPause,
  slowClients,
  disconnectStorm,
  poison,
  rollingRestart,
];
