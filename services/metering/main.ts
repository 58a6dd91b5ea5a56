// A metering process of the fleet, until SIGTERM drains it. Settings: services/fleet/README.md.

import { meteringRole } from "#services/fleet/metering-process.ts";
import { runRole } from "#services/fleet/run-role.ts";

runRole(meteringRole);
