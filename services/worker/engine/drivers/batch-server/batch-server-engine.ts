// The device at `engine/<worker>` of a worker whose engine is vLLM or SGLang.

import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { DriverVoice } from "#services/worker/engine/drivers/driver-voice.ts";
import type { DriverPorts, EngineDevice } from "#services/worker/engine/drivers/engine-device.ts";
import { SglangDialect } from "#services/worker/engine/drivers/sglang/sglang-dialect.ts";
import { VllmDialect } from "#services/worker/engine/drivers/vllm/vllm-dialect.ts";
import { BatchServerDriver } from "./batch-server-driver.ts";

export function batchServerEngine(ports: DriverPorts<EngineServerSpec>): EngineDevice {
  const voice = new DriverVoice(ports);
  const driver = new BatchServerDriver({
    spec: ports.spec,
    dialect: (entry) => (entry.kind === "vllm" ? new VllmDialect(entry) : new SglangDialect(entry)),
    nowMs: () => voice.nowMs(),
    tell: (message) => voice.tell(message),
    note: (event, fields) => voice.note(event, fields),
  });
  return {
    device: (_self, _from, message) => driver.hear(message as ToEngine),
    missing: () => driver.missing,
    close: () => {
      voice.close();
      driver.close();
    },
  };
}
