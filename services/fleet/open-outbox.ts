// The way of a fleet process's usage: its outbox on disk, and the stream to the ledger.

import { outboxAddress } from "#shared/messages/addresses.ts";
import { toOutbox } from "#shared/messages/to-outbox.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { EnvironmentReader } from "#shared/config/environment.ts";
import { usageOutbox } from "#services/metering/jetstream-outbox.ts";
import { fileDisk } from "#services/metering/outbox/file-disk.ts";
import { openOutboxFolder } from "#services/metering/outbox/open-folder.ts";
import type { FleetProcess } from "./fleet-process.ts";

export interface OutboxSettings {
  /** This process's alone, on a disk that outlives it. */
  readonly outboxFolder: string;
}

export const outboxSettings = (read: EnvironmentReader): OutboxSettings => ({
  outboxFolder: read.required(
    "FAIRLEAD_OUTBOX_FOLDER",
    "a folder of this process's own, on a disk that outlives it: usage waits there for the ledger",
  ),
});

/** Attaches both, and has what the last life left brought to the ledger. Throws what an operator must do. */
export function openOutbox(opened: FleetProcess, folder: string): void {
  const { host, servers, plan, onNote } = opened;
  const { closers, config } = plan;
  const lock = openOutboxFolder(folder);
  closers.add(() => lock.release());
  const disk = fileDisk({ folder, host });
  host.attach("disk", disk.device);
  closers.add(() => disk.close());
  const stream = usageOutbox({ link: servers.link, host, onNote });
  host.attach("ledger", stream.device);
  closers.add(() => stream.close());
  const { to, message } = toOutbox(outboxAddress(config.process), { kind: "begin" });
  host.send(`fleet/${config.process}` as Address, to, message);
}
