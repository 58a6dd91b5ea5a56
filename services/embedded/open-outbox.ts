// The platform's outbox on disk. What the last life left in it is in the ledger before anything else is asked of the ledger:
// what was open then is settled as it stands, and a final account that came after that would come too late.

import type { Device, Host } from "#shared/actor/host.ts";
import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import { gpuTimeOfKept, usageOfKept } from "#shared/model/kept-entry.ts";
import { fileDisk } from "#services/metering/outbox/file-disk.ts";
import type { FileDisk } from "#services/metering/outbox/file-disk.ts";
import { realFileSystem } from "#services/metering/outbox/file-system.ts";
import { forgetfulDisk } from "#services/metering/outbox/forgetful-disk.ts";
import { openOutboxFolder } from "#services/metering/outbox/open-folder.ts";
import { pathOf, readFiles } from "#services/metering/outbox/read-files.ts";
import type { Closers } from "#services/fleet/closers.ts";

const bringEntriesMax = 500;

export interface EmbeddedOutbox {
  readonly disk: (host: Pick<Host, "send">) => Device;
  /** Resolves with how many accounts it brought to the ledger. Rejects when the folder or the ledger does; then all stays. */
  bringLeftOver(ledger: Ledger, gpu: Pick<GpuLedger, "recordGpuTime">): Promise<number>;
}

/** An empty folder: in memory. Throws what an operator must do. */
export function openOutbox(folder: string, closers: Closers): EmbeddedOutbox {
  if (folder === "") return { disk: forgetfulDisk, bringLeftOver: () => Promise.resolve(0) };
  const lock = openOutboxFolder(folder);
  closers.add(() => lock.release());
  let disk: FileDisk | undefined;
  closers.add(() => disk?.close());
  return {
    disk: (host) => {
      disk = fileDisk({ folder, host });
      return disk.device;
    },
    bringLeftOver: (ledger, gpu) => bringLeftOver(folder, ledger, gpu),
  };
}

async function bringLeftOver(
  folder: string,
  ledger: Ledger,
  gpu: Pick<GpuLedger, "recordGpuTime">,
): Promise<number> {
  const { entries, files } = await readFiles({ folder, system: realFileSystem });
  for (let from = 0; from < entries.length; from += bringEntriesMax) {
    const some = entries.slice(from, from + bringEntriesMax);
    await ledger.record(usageOfKept(some));
    await gpu.recordGpuTime(gpuTimeOfKept(some));
  }
  for (const { file } of files) await realFileSystem.remove(pathOf(folder, file));
  return usageOfKept(entries).length;
}
