// Every scenario, in the order in which `all` runs them.

import type { Scenario } from "./scenario.ts";
import { disconnectStorm, slowClients } from "./scenarios/clients.ts";
import { drain, drainZone, rollingRestart } from "./scenarios/drain.ts";
import { killEdge } from "./scenarios/kill-edge.ts";
import { killOwner, killRouter } from "./scenarios/kill-owner.ts";
import { partitionZone } from "./scenarios/partition-zone.ts";
import { poison } from "./scenarios/poison.ts";
import { etcdLeader, etcdQuorum, natsPause, natsRestart } from "./scenarios/servers.ts";
import { killWorkers, stallWorker } from "./scenarios/workers.ts";
import { zoneLoss } from "./scenarios/zone-loss.ts";

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
