// The named requests of one tenant that ended at this edge in the last minute: a new owner of its queue has to know them, or
// they would run again. The latest of them only.

import type { EndedNamed } from "#shared/messages/ended-named.ts";

const rememberedMs = 60_000;
/** A few tens of kilobytes in one message. */
const rememberedMax = 256;

export interface EndedNames {
  /** Oldest first. */
  readonly ended: { readonly atMs: number; readonly named: EndedNamed }[];
}

export const startEndedNames = (): EndedNames => ({ ended: [] });

export function rememberEnded(names: EndedNames, named: EndedNamed, nowMs: number): void {
  names.ended.push({ atMs: nowMs, named });
  forgetOld(names, nowMs);
}

export function recallEnded(names: EndedNames, nowMs: number): readonly EndedNamed[] {
  forgetOld(names, nowMs);
  return names.ended.map(({ named }) => named);
}

function forgetOld({ ended }: EndedNames, nowMs: number): void {
  const firstKept = ended.findIndex(({ atMs }) => atMs > nowMs - rememberedMs);
  const old = firstKept < 0 ? ended.length : firstKept;
  ended.splice(0, Math.max(old, ended.length - rememberedMax));
}
