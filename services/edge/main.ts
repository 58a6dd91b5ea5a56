// An edge process of the fleet, until SIGTERM drains it. Settings: services/fleet/README.md.

import { edgeRole } from "#services/fleet/edge-process.ts";
import { runRole } from "#services/fleet/run-role.ts";

runRole(edgeRole);
