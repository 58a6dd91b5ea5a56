// How a driver speaks: as the engine of its worker, to it and to an operator's eyes. Law: once closed it is silent.

import type { NoteRecord } from "#shared/actor/host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { EngineCrashed } from "#shared/messages/engine-crash.ts";
import type { FromEngine } from "#shared/messages/from-engine.ts";
import type { DriverPorts } from "./engine-device.ts";

export class DriverVoice {
  readonly #ports: Omit<DriverPorts<unknown>, "spec">;
  #isClosed = false;

  constructor(ports: Omit<DriverPorts<unknown>, "spec">) {
    this.#ports = ports;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }

  nowMs(): number {
    return this.#ports.host.nowMs();
  }

  tell(message: FromEngine | EngineCrashed): void {
    const { host, worker } = this.#ports;
    if (!this.#isClosed) host.send(engineAddress(worker), workerAddress(worker), message);
  }

  note(event: string, fields: NoteRecord["fields"]): void {
    const { worker, onNote } = this.#ports;
    if (this.#isClosed) return;
    onNote({
      kind: "note",
      event,
      fields: { worker, ...fields },
      actor: engineAddress(worker),
      nowMs: this.nowMs(),
    });
  }
}
