// The bare engine as a process: the simulated engine behind OpenAI's HTTP, and nothing else.
//   node services/worker/engine/main.ts --port 0 --profile llama3_8b/tp1/bfloat16 --time-scale 1 --sequences-max 256

import { parseArgs } from "node:util";
import { startBareEngine } from "./bare-engine.ts";
import { profileNamed } from "./profiles.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    profile: { type: "string", default: "llama3_8b/tp1/bfloat16" },
    "time-scale": { type: "string", default: "1" },
    "sequences-max": { type: "string", default: "256" },
    "step-tokens-max": { type: "string", default: "8192" },
    "kv-blocks": { type: "string" },
    tenant: { type: "string", default: "bare" },
    model: { type: "string", default: "bare" },
  },
});

const kvBlockTokens = 16;
const profile = profileNamed(values.profile);
const engine = await startBareEngine({
  port: Number(values.port),
  tenant: values.tenant,
  model: values.model,
  spec: {
    kind: "simulated",
    profile: profile.name,
    gpus: profile.gpus,
    kvBlocks: Number(values["kv-blocks"] ?? Math.floor(profile.kvTokens / kvBlockTokens)),
    kvBlockTokens,
    sequencesMax: Number(values["sequences-max"]),
    stepTokensMax: Number(values["step-tokens-max"]),
    adapterSlots: 0,
    timeScale: Number(values["time-scale"]),
  },
});
console.log(`ready http://127.0.0.1:${engine.port} profile=${profile.name}`);

const end = (): void => void engine.close().then(() => process.exit(0));
process.on("SIGTERM", end);
process.on("SIGINT", end);
