// The step tables that there are, by the names that a fleet uses.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { llama2Of7BOnA100 } from "./profiles/llama2-7b-a100.ts";
import { llama2Of7BProfile } from "./profiles/llama2-7b-a10g.ts";
import { llama3Of70BProfiles } from "./profiles/llama3-70b.ts";
import { llama3Of8BProfiles } from "./profiles/llama3-8b.ts";
import { qwen25Of72BProfiles } from "./profiles/qwen25-72b.ts";
import { qwen3Of32BProfiles } from "./profiles/qwen3-32b.ts";
import type { StepProfile } from "./profiles/step-profile.ts";

const profiles: readonly StepProfile[] = [
  ...llama3Of8BProfiles,
  ...llama3Of70BProfiles,
  ...qwen25Of72BProfiles,
  ...qwen3Of32BProfiles,
  llama2Of7BProfile,
  llama2Of7BOnA100,
];

/** Names a fleet may use. */
export const profileNames: readonly string[] = profiles.map((profile) => profile.name);

/** With the host time and the alignment of this replica, where it has its own. */
export function profileOf({ profile, hostMs, alignTokens }: SimulatedEngineSpec): StepProfile {
  const named = profileNamed(profile);
  return {
    ...named,
    hostMs: hostMs ?? named.hostMs,
    alignTokens: alignTokens ?? named.alignTokens,
  };
}

export function profileNamed(name: string): StepProfile {
  const found = profiles.find((profile) => profile.name === name);
  if (found === undefined) throw new Error(`no step profile is called ${name}`);
  return found;
}
