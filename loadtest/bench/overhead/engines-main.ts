// Many bare engines in one process, each on a port of its own: what a proxy has behind it when every stream comes from
// another replica, so that tokens arrive singly.

import { startBareEngine } from "#services/worker/engine/bare-engine.ts";
import { replica } from "./bench-fleet.ts";

const [timePercent = "100", ...ports] = process.argv.slice(2);
const { profile, kvBlocks, sequencesMax, stepTokensMax } = replica;
const spec = {
  kind: "simulated",
  profile,
  gpus: 1,
  kvBlocks,
  kvBlockTokens: 16,
  sequencesMax,
  stepTokensMax,
  adapterSlots: 0,
  timeScale: Number(timePercent) / 100,
} as const;
for (const port of ports) {
  await startBareEngine({ port: Number(port), tenant: "bare", model: "llama-3.1-8b", spec });
}
process.on("SIGTERM", () => process.exit(0));
console.log(`ready ${ports.length} engines`);
