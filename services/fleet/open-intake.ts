// The desk of the one process of a fleet that takes adapters in.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { edgePrefix } from "#shared/coordination/coordination-keys.ts";
import { registeredEdges } from "#shared/coordination/registrations.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { AdapterTrials } from "#services/adapter-intake/adapter-trials.ts";
import { Intake } from "#services/adapter-intake/intake.ts";
import { adapterShelf } from "#services/registry/adapter-shelf.ts";
import type { ArtefactSettings } from "./artefact-settings.ts";
import { artefactStore } from "./artefact-settings.ts";
import type { FleetProcess } from "./fleet-process.ts";

export interface IntakeSettings extends ArtefactSettings {
  /** An uploaded adapter has brought a token by then, or its upload is turned back. */
  readonly trialTimeoutMs: number;
}

/** What was cut off by its last end is settled before anybody is let in. Undefined: this fleet has no object store, and takes none in. */
export async function openIntake(
  opened: FleetProcess,
  settings: IntakeSettings,
): Promise<Intake | undefined> {
  const { servers, fleet, onNote, host, plan } = opened;
  const { coordination, sql } = servers;
  const store = artefactStore(settings);
  if (store === undefined) return undefined;
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
  return desk;
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
