// Brings a local fleet up: certificates, servers, then the roles in waves. All of it, or nothing: what was started is
// taken down again when one process fails, when time is up, or when the operator changes his mind.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identityOf } from "#deploy/local/processes/process-identity.ts";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { clusterFolder, isVacant, makeClusterFolder } from "./cluster-folder.ts";
import type { ClusterMember, ClusterState } from "./cluster-state.ts";
import { recordMember, requiredState, writeState } from "./cluster-state.ts";
import { clusterDown } from "./down.ts";
import { fleetFileIn, fleetText } from "./fleet-file.ts";
import type { FleetPlaces } from "./role-command.ts";
import { roleCommand } from "./role-command.ts";
import type { FleetSize, PlannedRole } from "./role-plan.ts";
import { roleWaves, usualSize } from "./role-plan.ts";
import { startRole } from "./start-role.ts";
import { startFleetServers } from "./start-servers.ts";
import { clusterStatus, isReady } from "./status.ts";

export interface ClusterOptions extends Partial<FleetSize> {
  /** Absent: FAIRLEAD_CLUSTER_FOLDER, or one of this account's own among the temporary files. */
  readonly folder?: string | undefined;
  /** Settings for the roles that know them; absent: those of this process. */
  readonly settings?: FleetPlaces["given"] | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  /** On a machine that is busy with other things. Absent: a minute. */
  readonly withinMs?: number;
  /** Takes down what was started. */
  readonly signal?: AbortSignal | undefined;
}

interface BringUp {
  readonly folder: string;
  readonly size: FleetSize;
  readonly given: FleetPlaces["given"];
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

const upWithinUsuallyMs = 60_000;
/** Of one process; the limit of all is sooner, mostly. */
const startWithinMs = 300_000;
const readyEveryMs = 100;

export async function clusterUp(options: ClusterOptions = {}): Promise<ClusterState> {
  const folder = clusterFolder(options.folder);
  const { onProgress = () => undefined, withinMs = upWithinUsuallyMs } = options;
  if (!isVacant(folder)) {
    onProgress("removing what an earlier fleet left behind");
    rmSync(folder, { recursive: true });
  }
  makeClusterFolder(folder);
  const starter = identityOf(process.pid);
  writeState({
    version: 1,
    folder,
    asking: {},
    members: [],
    ...(starter === undefined ? {} : { starter }),
  });
  const limit = AbortSignal.timeout(withinMs);
  const signals = [limit, ...(options.signal === undefined ? [] : [options.signal])];
  const work = bringUp({
    folder,
    size: sizeOf(options),
    given: options.settings ?? process.env,
    onProgress,
    signal: AbortSignal.any(signals),
  });
  try {
    await Promise.race([work, ...signals.map(aborted)]);
    const { starter: _, ...state } = requiredState(folder);
    writeState(state);
    return state;
  } catch (error) {
    const late = limit.aborted ? await notReady(folder) : "";
    onProgress("taking everything down again");
    await clusterDown(folder);
    // What it was waiting for is gone; what it may have started meanwhile goes too.
    await work.catch(() => undefined);
    await clusterDown(folder);
    rmSync(folder, { recursive: true, force: true });
    if (limit.aborted) {
      throw new Error(`not up within ${withinMs / 1000} s${late}`, { cause: error });
    }
    throw error;
  }
}

const sizeOf = ({ edges, control, workers }: Partial<FleetSize>): FleetSize => ({
  edges: edges ?? usualSize.edges,
  control: control ?? usualSize.control,
  workers: workers ?? usualSize.workers,
});

async function bringUp({ folder, size, given, onProgress, signal }: BringUp): Promise<void> {
  const authority = createFleetAuthority(join(folder, "authority"));
  const servers = await startFleetServers({ folder, authority, onProgress });
  const fleetFile = fleetFileIn(folder);
  writeFileSync(fleetFile, fleetText(size.workers));
  const places = { folder, fleetFile, given, ...servers };
  for (const wave of roleWaves(size)) {
    signal.throwIfAborted();
    onProgress(`starting ${wave.map(({ name, zone }) => `${name} (${zone})`).join(", ")}`);
    // All settle before an error is told: none is started after its fellows were taken down.
    const started = await Promise.allSettled(
      wave.map(async (planned) =>
        startPlanned(planned, places, authority.issue(planned.role, planned.name)),
      ),
    );
    const failed = started.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
  onProgress("waiting until every process is ready");
  await untilReady(folder, signal);
}

async function notReady(folder: string): Promise<string> {
  const { processes } = await clusterStatus(folder);
  return processes
    .filter(({ ready }) => !ready)
    .map(({ name, missing = [] }) => `; ${name}: ${missing.join(", ")}`)
    .join("");
}

function startPlanned(planned: PlannedRole, places: FleetPlaces, trust: TrustFiles): Promise<void> {
  return roleCommand(planned, places, trust).then((command) =>
    startRole({
      role: planned.role,
      command,
      patienceMs: startWithinMs,
      onMember: (member) => recordMember(places.folder, member),
    }),
  );
}

async function untilReady(folder: string, signal: AbortSignal): Promise<void> {
  const state = requiredState(folder);
  const wait = async (member: ClusterMember): Promise<void> => {
    while (!(await isReady(member, state))) await sleep(readyEveryMs, undefined, { signal });
  };
  await Promise.all(state.members.map(wait));
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const refuse = (): void => reject(signal.reason);
    if (signal.aborted) refuse();
    else signal.addEventListener("abort", refuse, { once: true });
  });
