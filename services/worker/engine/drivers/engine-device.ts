// What a driver of a real engine is to the process that runs it: the device at `engine/<worker>`.

import type { Device, Host, NoteRecord } from "#shared/actor/host.ts";
import type { WorkerId } from "#shared/model/ids.ts";

export interface EngineDevice {
  readonly device: Device;
  /** Why it is not up, for an operator; undefined: it is. */
  readonly missing: () => string | undefined;
  /** Of one that opens a model itself: rejects with why it cannot. */
  readonly opened?: Promise<void>;
  /** Closes every call; says nothing more. */
  close(): void;
}

export interface DriverPorts<Spec> {
  readonly host: Pick<Host, "send" | "nowMs">;
  readonly worker: WorkerId;
  /** Asked at each life of the engine. */
  readonly spec: () => Spec;
  readonly onNote: (record: NoteRecord) => void;
}
