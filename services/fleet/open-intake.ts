// The one process of a fleet that takes adapters in: its desk, the door by which edges reach it, and where it is found.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { edgePrefix } from "#shared/coordination/coordination-keys.ts";
import { registeredEdges } from "#shared/coordination/registrations.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { startDeskDoor } from "#services/adapter-intake/desk-door.ts";
import { AdapterTrials } from "#services/adapter-intake/adapter-trials.ts";
import { Intake } from "#services/adapter-intake/intake.ts";
import { adapterShelf } from "#services/registry/adapter-shelf.ts";
import type { ArtefactSettings } from "./artefact-settings.ts";
import { artefactStore } from "./artefact-settings.ts";
import type { FleetProcess } from "./fleet-process.ts";
import { announceIntake } from "./intake-place.ts";
import { openDoor } from "./open-door.ts";

export interface IntakeSettings extends ArtefactSettings {
  readonly intakePort: number;
  /** An uploaded adapter has brought a token by then, or its upload is turned back. */
  readonly trialTimeoutMs: number;
}

/** What was cut off by its last end is settled before anybody is let in. */
export async function openIntake(opened: FleetProcess, settings: IntakeSettings): Promise<void> {
  const { servers, fleet, onNote, host, log, plan } = opened;
  const { coordination, trust, sql } = servers;
  const store = artefactStore(settings);
  if (store === undefined) return announceIntake(coordination, "");
  const { closers, config } = plan;
  const self = `adapter-intake/${config.process}` as Address;
  const folder = join(settings.workFolder, "incoming");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const trials = new AdapterTrials({
    host,
    process: config.process,
    edges: liveEdges(opened),
    timeoutMs: settings.trialTimeoutMs,
  });
  closers.add(async () => trials.stop());
  const desk = new Intake({
    store,
    shelf: adapterShelf({ sql, coordination }),
    fleet,
    trial: trials,
    folder,
    nowMs: () => host.nowMs(),
    note: (event, fields) => onNote({ ...note(event, fields), actor: self, nowMs: host.nowMs() }),
  });
  await desk.recover();
  const onFault = (error: unknown): void =>
    log.say("error", "the desk for adapters failed", { reason: String(error).slice(0, 200) });
  const door = startDeskDoor(
    { desk, fleet, trust, onFault },
    { host: config.listenHost, port: settings.intakePort },
  );
  const port = await openDoor(closers, "FAIRLEAD_INTAKE_PORT", door);
  await announceIntake(coordination, `${config.advertiseHost}:${port}`);
}

/** Registered now: any of them can run a trial. */
function liveEdges({ servers: { coordination }, plan: { closers } }: FleetProcess) {
  let edges: readonly EdgeId[] = [];
  closers.add(
    coordination.watch(edgePrefix, ({ entries }) => {
      edges = registeredEdges(entries).map(({ edge }) => edge);
    }),
  );
  return (): readonly EdgeId[] => edges;
}
