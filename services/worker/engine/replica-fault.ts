// Why there can be no such simulated replica, told before anything is started: a table that there is not, a step without
// room for its sequences, or more KV than the GPUs have beside the weights.

import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import { hasRoom, mostKvBlocks } from "./kv-capacity.ts";
import { profileNamed, profileNames } from "./profiles.ts";

export interface ReplicaFault {
  readonly field: "profile" | "kvBlocks" | "stepTokensMax";
  readonly expected: string;
}

export function replicaFault(spec: SimulatedEngineSpec): ReplicaFault | undefined {
  const { profile: name, sequencesMax, stepTokensMax, kvBlockTokens } = spec;
  if (!profileNames.includes(name)) {
    return { field: "profile", expected: `one of ${profileNames.join(", ")}` };
  }
  if (stepTokensMax < sequencesMax) {
    const expected = `at least sequencesMax (${sequencesMax}), so that all of them decode in one step`;
    return { field: "stepTokensMax", expected };
  }
  const profile = profileNamed(name);
  if (hasRoom(profile, spec)) return undefined;
  const most = mostKvBlocks(profile, kvBlockTokens);
  const expected = `at most ${most} blocks of ${kvBlockTokens} tokens: ${name} has memory for no more beside its weights`;
  return { field: "kvBlocks", expected };
}
