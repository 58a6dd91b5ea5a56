// The bare engine's command line, checked whole before anything starts.

import { parseArgs } from "node:util";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { hasRoom, kvCapacity } from "./kv-capacity.ts";
import { profileNamed, profileNames } from "./profiles.ts";

export const help: string = `npx node services/worker/engine/main.ts [options]

The simulated H100 replica alone, behind OpenAI's HTTP: /v1/completions, /v1/chat/completions, /v1/models, /health.
  --port N             (default 0: any free port)
  --profile NAME       ${profileNames.join(", ")}
  --time-scale X       step times multiplied by this (default 1)
  --sequences-max N    sequences at once (default 256)
  --step-tokens-max N  tokens of one step, decodes included (default 8192)
  --kv-blocks N        of 16 tokens (default: what the profile's GPU holds)
  --tenant NAME        whose oracle text is answered (default bare)
  --model NAME         (default bare)`;

export interface BareEngineWish {
  readonly port: number;
  readonly tenant: string;
  readonly model: string;
  readonly spec: SimulatedEngineSpec;
}

const kvBlockTokens = 16;

/** Throws an error for the user when a word or a value is wrong; undefined when help is asked for. */
export function readBareCommandLine(args: readonly string[]): BareEngineWish | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "0" },
      profile: { type: "string", default: "llama3_8b/tp1/bfloat16" },
      "time-scale": { type: "string", default: "1" },
      "sequences-max": { type: "string", default: "256" },
      "step-tokens-max": { type: "string", default: "8192" },
      "kv-blocks": { type: "string" },
      tenant: { type: "string", default: "bare" },
      model: { type: "string", default: "bare" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  if (!profileNames.includes(values.profile)) {
    throw new Error(`--profile: one of ${profileNames.join(", ")}`);
  }
  const profile = profileNamed(values.profile);
  const { kvTokens } = kvCapacity(profile.memory);
  const blocksHeld = String(Math.floor(kvTokens / kvBlockTokens));
  const timeScale = Number(values["time-scale"]);
  if (!(timeScale > 0)) throw new Error("--time-scale: a number above 0");
  const spec: SimulatedEngineSpec = {
    kind: "simulated",
    profile: profile.name,
    gpus: profile.gpus,
    kvBlocks: whole("kv-blocks", values["kv-blocks"] ?? blocksHeld, 1, 10_000_000),
    kvBlockTokens,
    sequencesMax: whole("sequences-max", values["sequences-max"], 1, 65_536),
    stepTokensMax: whole("step-tokens-max", values["step-tokens-max"], 1, 1_000_000),
    adapterSlots: 0,
    timeScale,
  };
  if (!hasRoom(profile, spec)) {
    throw new Error(`--kv-blocks: ${profile.name} has room for ${blocksHeld} beside its weights`);
  }
  const port = whole("port", values.port, 0, 65_535);
  return { port, tenant: values.tenant, model: values.model, spec };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`--${name}: a whole number from ${least} to ${most}, not "${text}"`);
}
