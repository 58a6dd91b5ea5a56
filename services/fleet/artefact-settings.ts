// Where a process of the fleet finds artefacts, and where it may keep files of its own: the object store is a bucket, or a
// folder that all machines share.

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentReader } from "#shared/config/environment.ts";
import type { ObjectStore } from "#shared/object-store/object-store.ts";
import type { ObjectStoreSettings } from "./object-store-settings.ts";
import { objectStoreSettings, openObjectStore } from "./object-store-settings.ts";

export interface ArtefactSettings {
  readonly objectStore: ObjectStoreSettings;
  /** Empty, and no bucket named: there is no store. */
  readonly objectFolder: string;
  /** This process's alone. */
  readonly workFolder: string;
}

export const artefactSettings = (read: EnvironmentReader): ArtefactSettings => ({
  objectStore: objectStoreSettings(read),
  objectFolder: read.optionalText("FAIRLEAD_OBJECT_FOLDER") ?? "",
  workFolder: read.text(
    "FAIRLEAD_WORK_FOLDER",
    join(tmpdir(), "fairlead", read.optionalText("FAIRLEAD_PROCESS") ?? ""),
  ),
});

/** Undefined: this fleet has none. */
export function artefactStore(settings: ArtefactSettings): ObjectStore | undefined {
  const { objectStore, objectFolder } = settings;
  if (objectStore.s3Url === "" && objectFolder === "") return undefined;
  return openObjectStore(objectStore, objectFolder);
}
