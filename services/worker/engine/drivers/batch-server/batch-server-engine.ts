// The device at `engine/<worker>` of a worker whose engine is vLLM or SGLang.

import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { EngineDevice } from "#services/worker/engine/drivers/llama-server/llama-server-engine.ts";
import { SglangDialect } from "#services/worker/engine/drivers/sglang/sglang-dialect.ts";
import { VllmDialect } from "#services/worker/engine/drivers/vllm/vllm-dialect.ts";
import { BatchServerDriver } from "./batch-server-driver.ts";

export interface BatchServerEnginePorts {
  readonly host: Pick<Host, "send" | "nowMs">;
  readonly worker: WorkerId;
  /** Asked at each life of the engine. */
  readonly spec: () => EngineServerSpec;
  readonly onNote: (record: NoteRecord) => void;
}

export function batchServerEngine({
  host,
  worker,
  spec,
  onNote,
}: BatchServerEnginePorts): EngineDevice {
  const self = engineAddress(worker);
  const driver = new BatchServerDriver({
    spec,
    dialect: (entry) => (entry.kind === "vllm" ? new VllmDialect(entry) : new SglangDialect(entry)),
    nowMs: () => host.nowMs(),
    tell: (message) => host.send(self, workerAddress(worker), message),
    note: (event, fields) =>
      onNote({
        kind: "note",
        event,
        fields: { worker, ...fields },
        actor: self,
        nowMs: host.nowMs(),
      }),
  });
  return {
    device: (_self, _from, message) => driver.hear(message as ToEngine),
    missing: () => driver.missing,
    close: () => driver.close(),
  };
}
