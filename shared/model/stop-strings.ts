// Where an output is to be cut: the stop string that completes first, wherever the text was split. What could
// still become one is held back, so that no part of a stop string is ever shown.

export interface StopScan {
  readonly stopStrings: readonly string[];
  /** The longest end of the text so far that begins a stop string. Not shown yet. */
  heldBack: string;
  isStopped: boolean;
}

export const startStopScan = (stopStrings: readonly string[]): StopScan => ({
  stopStrings: stopStrings.filter((stopString) => stopString !== ""),
  heldBack: "",
  isStopped: false,
});

/** The text that may be shown now. Once stopped, nothing more. */
export function scanText(scan: StopScan, text: string): string {
  if (scan.isStopped) return "";
  const unseen = scan.heldBack + text;
  const cut = cutOf(scan.stopStrings, unseen);
  if (cut !== undefined) {
    scan.isStopped = true;
    scan.heldBack = "";
    return unseen.slice(0, cut);
  }
  const safe = heldBackFrom(scan.stopStrings, unseen);
  scan.heldBack = unseen.slice(safe);
  return unseen.slice(0, safe);
}

/** At the end of an output: what was held back began no stop string after all. */
export function flushStopScan(scan: StopScan): string {
  const rest = scan.heldBack;
  scan.heldBack = "";
  return rest;
}

// Least end first, then least start. Least start alone would depend on the split: of "abcde" and "cd" a
// reader of single characters sees "cd" complete while "abcde" may never.
function cutOf(stopStrings: readonly string[], text: string): number | undefined {
  let cut: number | undefined;
  let leastEnd = Number.POSITIVE_INFINITY;
  for (const stopString of stopStrings) {
    const start = text.indexOf(stopString);
    if (start < 0) continue;
    const end = start + stopString.length;
    if (end < leastEnd || (end === leastEnd && start < (cut ?? 0))) {
      leastEnd = end;
      cut = start;
    }
  }
  return cut;
}

function heldBackFrom(stopStrings: readonly string[], text: string): number {
  let from = text.length;
  for (const stopString of stopStrings) {
    const earliest = Math.max(0, text.length - stopString.length + 1);
    for (let start = earliest; start < from; start++) {
      if (text[start] === stopString[0] && stopString.startsWith(text.slice(start))) from = start;
    }
  }
  return from;
}
