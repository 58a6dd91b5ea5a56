// A control process of the fleet, until SIGTERM drains it. Settings: services/fleet/README.md.

import { controlRole } from "#services/fleet/control-process.ts";
import { runRole } from "#services/fleet/run-role.ts";

runRole(controlRole);
