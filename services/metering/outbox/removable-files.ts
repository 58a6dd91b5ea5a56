// Which files nobody needs: the ledger has all that is in them. Asked, it forgets them.

import type { Outbox } from "./outbox-state.ts";

export function removable(state: Outbox, isLeftOverUnheard: boolean): number[] {
  const { files, leftOver, trimmedUpTo } = state;
  const given: number[] = [];
  if (leftOver.files.length > 0 && !isLeftOverUnheard && leftOver.upTo <= trimmedUpTo) {
    given.push(...leftOver.files.map(({ file }) => file));
    leftOver.files = [];
  }
  const isNeeded = ({ upTo }: { readonly upTo: number }): boolean => upTo > trimmedUpTo;
  const kept = files.filter((each) => isNeeded(each) || isInUse(state, each.file));
  if (kept.length === files.length) return given;
  const left = new Set(kept);
  given.push(...files.filter((each) => !left.has(each)).map(({ file }) => file));
  files.splice(0, files.length, ...kept);
  return given;
}

const isInUse = ({ current, commit }: Outbox, file: number): boolean =>
  current?.file === file || commit?.file.file === file;
