// A worker process of the fleet, until SIGTERM drains it. Settings: services/fleet/README.md.

import { workerRole } from "#services/fleet/worker-process.ts";
import { runRole } from "#services/fleet/run-role.ts";

runRole(workerRole);
