// Runs the seed fleet in a thread of its own and says what came of it.

import { parentPort, workerData } from "node:worker_threads";
import { runFleet } from "./run-fleet.ts";
import type { FleetWanted } from "./run-fleet.ts";

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
parentPort?.postMessage(runFleet(workerData as FleetWanted));
