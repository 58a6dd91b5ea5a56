// A registry process of the fleet, until SIGTERM drains it. Settings: services/fleet/README.md.

import { registryRole } from "#services/fleet/registry-process.ts";
import { runRole } from "#services/fleet/run-role.ts";

runRole(registryRole);
