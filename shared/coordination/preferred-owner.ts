// Who should own a key: a zone first, then a process in it, so that zones share evenly whatever stands in each, the loss
// of one moves only its own share, and so does a change of one process. Rendezvous hashing, Thaler and Ravishankar 1998.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";

/** Control processes by name, each with its zone. */
export type PlacedProcesses = ReadonlyMap<string, string>;

/** Nothing when there is no process. Equal for everyone who sees the same processes, in whatever order. */
export function preferredOwner(key: string, processes: PlacedProcesses): string | undefined {
  const keyHash = fnv1a32(key);
  let preferred: Candidate | undefined;
  for (const [process, zone] of processes) {
    const candidate = { process, zone, ...scoresOf(process, zone, keyHash) };
    if (preferred === undefined || isBefore(candidate, preferred)) preferred = candidate;
  }
  return preferred?.process;
}

interface Candidate {
  readonly process: string;
  readonly zone: string;
  readonly zoneScore: number;
  readonly score: number;
}

const scoresOf = (process: string, zone: string, keyHash: number) => ({
  // Of another seed, or a process called as its zone would always win there.
  zoneScore: fmix32(fnv1a32(zone, keyHash ^ zoneSeed)),
  score: fmix32(fnv1a32(process, keyHash)),
});

const zoneSeed = 0x5a6f6e65;

function isBefore(one: Candidate, other: Candidate): boolean {
  if (one.zone !== other.zone) {
    if (one.zoneScore !== other.zoneScore) return one.zoneScore > other.zoneScore;
    return one.zone < other.zone;
  }
  if (one.score !== other.score) return one.score > other.score;
  return one.process < other.process;
}
