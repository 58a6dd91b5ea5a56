// What of the embedded platform has to do with adapters that tenants bring: where their bytes lie, who takes them in, and from
// where an engine gets them.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { AdapterTrials } from "#services/adapter-intake/adapter-trials.ts";
import { Intake } from "#services/adapter-intake/intake.ts";
import type { Closers } from "#services/fleet/closers.ts";
import { FetchedAdapters } from "#services/fleet/fetched-adapters.ts";
import { openObjectStore } from "#services/fleet/object-store-settings.ts";
import { adapterShelf } from "#services/registry/adapter-shelf.ts";
import type { RegistryPorts } from "#services/registry/registry.ts";
import { edgeName, processName } from "./begin-house.ts";
import type { EmbeddedConfig } from "./config.ts";

export interface AdapterPorts {
  readonly config: EmbeddedConfig;
  readonly registry: Pick<RegistryPorts, "sql" | "coordination">;
  readonly fleet: () => Fleet;
  readonly onNote: (record: NoteRecord) => void;
  readonly closers: Closers;
}

export interface Adapters {
  /** Once there is a house that can try what it takes in. */
  readonly intakeIn: (host: Host) => Intake;
  readonly fetched: FetchedAdapters;
}

const self = "adapter-intake/embedded" as Address;

export function openAdapters(ports: AdapterPorts): Adapters {
  const { config, registry, fleet, onNote, closers } = ports;
  const folder = folderOf(ports);
  const store = openObjectStore(config.objectStore, join(folder, "objects"));
  const intakeIn = (host: Host): Intake => {
    const { trialTimeoutMs: timeoutMs } = config;
    const edges = (): readonly EdgeId[] => [edgeName as EdgeId];
    const trial = new AdapterTrials({ host, process: processName, edges, timeoutMs });
    closers.add(async () => trial.stop());
    return new Intake({
      store,
      shelf: adapterShelf(registry),
      fleet,
      trial,
      folder: join(folder, "incoming"),
      nowMs: () => performance.now(),
      note: (event, fields) =>
        onNote({ ...note(event, fields), actor: self, nowMs: performance.now() }),
    });
  };
  return { intakeIn, fetched: new FetchedAdapters(store, join(folder, "adapters")) };
}

/** In memory there is no place for files: they are forgotten at the end, too. */
function folderOf({ config, closers }: AdapterPorts): string {
  if (config.dataDirectory !== "") return config.dataDirectory;
  const folder = mkdtempSync(join(tmpdir(), "fairlead-adapters-"));
  closers.add(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
