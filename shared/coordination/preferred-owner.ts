// Who should own a key, so that control processes share evenly and a change of one moves only its own share.
// Rendezvous hashing, Thaler and Ravishankar 1998.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";

/** Nothing when there is no process. Equal for everyone who sees the same processes, in whatever order. */
export function preferredOwner(key: string, processes: Iterable<string>): string | undefined {
  const keyHash = fnv1a32(key);
  let preferred: string | undefined;
  let highest = -1;
  for (const process of processes) {
    const score = fmix32(fnv1a32(process, keyHash));
    const wins = score > highest || (score === highest && process < (preferred ?? ""));
    if (!wins) continue;
    preferred = process;
    highest = score;
  }
  return preferred;
}
