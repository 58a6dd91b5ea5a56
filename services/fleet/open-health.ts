// What operators see of one process: alive, ready, metrics at its own door, and its part of what they ask of the fleet.

import { natsAsking } from "#shared/bus/nats-asking.ts";
import { startHealthApi } from "#services/console/health-api.ts";
import type { Readiness } from "#services/console/platform-view.ts";
import { drains } from "./closers.ts";
import type { FleetProcess } from "./fleet-process.ts";
import { openDoor } from "./open-door.ts";
import { answerQuestions } from "./process-answers.ts";
import type { ReconcileHere } from "./reconcile-answers.ts";

/** `missing`: what this role lacks beside what every process needs. Returns `host:port`. */
export async function openHealth(
  opened: FleetProcess,
  missing: () => readonly string[] = () => [],
  reconcile: ReconcileHere = {},
): Promise<string> {
  const { plan, telemetry, log } = opened;
  const { listenHost, adminPort } = plan.config;
  const readiness = answerOperators(opened, missing, reconcile);
  const health = startHealthApi(
    {
      telemetry,
      readiness,
      onFault: (error) => log.say("error", "the health API failed", { reason: String(error) }),
    },
    { host: listenHost, port: adminPort },
  );
  const port = await openDoor(plan.closers, "FAIRLEAD_ADMIN_PORT", health);
  return `${listenHost}:${port}`;
}

/** Answers from now on; returns how ready this process is. */
export function answerOperators(
  opened: FleetProcess,
  missing: () => readonly string[] = () => [],
  reconcile: ReconcileHere = {},
): () => Readiness {
  const { plan, host, servers, fleet, telemetry } = opened;
  const { role, config, closers } = plan;
  const { process, zone } = config;
  const readiness = (): Readiness => {
    const lacks = [...drains(closers), ...opened.missing(), ...missing()];
    return { isReady: lacks.length === 0, missing: lacks };
  };
  const self = { role, process, zone };
  const answering = natsAsking(servers.link);
  closers.add(answerQuestions({ answering, host, fleet, telemetry, self, readiness, reconcile }));
  return readiness;
}
