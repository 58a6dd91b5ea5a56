// Which of a server's answers means that a sequence will never run there.

import type { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import type { EngineRefused } from "#shared/messages/from-engine.ts";

/** Undefined: another attempt may well succeed. */
export function refusalOf({
  kind,
  status,
  body,
}: EngineFault): EngineRefused["reason"] | undefined {
  if (kind !== "status" || status !== 400) return undefined;
  return body.includes('"exceed_context_size_error"') ? "too-long" : "malformed";
}
