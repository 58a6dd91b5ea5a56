// Before a life begins: what the server is, whether it holds what the fleet relies on, whether it is ours alone and empty,
// and whether a token comes out of it.

import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { canaryWish, sayOneToken } from "./canary.ts";
import type { Dialect, ServerProfile } from "./dialect.ts";
import { FreedWatch } from "./freed-watch.ts";
import { drawSecret, saltOf } from "./prefix-salt.ts";
import type { PriorityOrder } from "./saturation-probe.ts";
import { probeSaturation } from "./saturation-probe.ts";

export interface OpenedServer {
  readonly profile: ServerProfile;
  readonly priorities: PriorityOrder;
  readonly secret: Buffer;
  /** Since the server began, before this life. */
  readonly corruptedBefore: number;
}

/** Time for what an earlier life of this driver had open to end. */
const emptyMs = 5_000;

/** Rejects with an `EngineFault` that tells an operator what to do. */
export async function openServer({
  spec,
  dialect,
}: {
  readonly spec: EngineServerSpec;
  readonly dialect: Dialect;
}): Promise<OpenedServer> {
  const profile = await dialect.probe();
  if (profile.kvBlocks < spec.kvBlocks) {
    throw new EngineFault(
      "malformed",
      `it has ${profile.kvBlocks} KV blocks, and the fleet relies on ${spec.kvBlocks}`,
    );
  }
  await untilEmpty(dialect);
  // What an earlier life left in its slots would not be known to this one.
  for (const name of profile.leftAdapters) await dialect.unload(name);
  const secret = drawSecret();
  const salt = saltOf(secret, { namespace: "canary", adapterDigest: "" });
  // Several, so that how they come is seen.
  await sayOneToken(dialect, canaryWish(salt, { outputTokensMax: 4 }));
  const { sequencesMax, kvBlocks, kvBlockTokens: blockTokens } = spec;
  const { contextTokens } = profile;
  const size = { sequencesMax, kvBlocks, blockTokens, contextTokens };
  const priorities = await probeSaturation({ dialect, salt, ...size });
  const { corrupted: corruptedBefore } = await dialect.gauges();
  return { profile, priorities, secret, corruptedBefore };
}

async function untilEmpty(dialect: Dialect): Promise<void> {
  const watch = new FreedWatch({
    gauges: () => dialect.gauges(),
    openCount: () => 0,
    onLate: () => undefined,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const complaint = "it runs what this worker does not know: an engine serves one worker alone";
    timer = setTimeout(() => reject(new EngineFault("silent", complaint)), emptyMs);
  });
  try {
    await Promise.race([watch.untilFreed(), late]);
  } finally {
    clearTimeout(timer);
    watch.close();
  }
}
