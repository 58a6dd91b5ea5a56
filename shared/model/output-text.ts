// What the client may see of the tokens that arrived: their text, cut before a stop string, and how many tokens
// carry it. A pure function of the tokens alone, so it is the same after a failover and for any frames.

import type { StopScan } from "./stop-strings.ts";
import { flushStopScan, scanText, startStopScan } from "./stop-strings.ts";
import type { Detokenizer, Token, Vocabulary } from "./tokenizer.ts";
import { detokenize, flushDetokenizer, startDetokenizer } from "./tokenizer.ts";

export interface OutputText {
  readonly detokenizer: Detokenizer;
  /** Absent: no stop strings, and text needs no second look. */
  readonly stopScan: StopScan | undefined;
  /** Tokens that the shown text needs: what the client is told, and what is billed. */
  shownTokens: number;
  /** Ends in the text, in UTF-16 units, of the tokens behind `shownTokens`. Only with stop strings. */
  readonly pendingEnds: number[];
  /** Text lengths: read, shown, and up to the end of the last counted token. */
  readLength: number;
  shownLength: number;
  countedEnd: number;
}

export const startOutputText = (
  stopStrings: readonly string[],
  vocabulary: Vocabulary,
): OutputText => ({
  detokenizer: startDetokenizer(vocabulary),
  stopScan: stopStrings.length === 0 ? undefined : startStopScan(stopStrings),
  shownTokens: 0,
  pendingEnds: [],
  readLength: 0,
  shownLength: 0,
  countedEnd: 0,
});

export const isStopped = (output: OutputText): boolean => output.stopScan?.isStopped === true;

/** Reads on; the text that may be shown now, perhaps none. */
export function readTokens(output: OutputText, tokens: readonly Token[]): string {
  if (output.stopScan === undefined) {
    output.shownTokens += tokens.length;
    return detokenize(output.detokenizer, tokens);
  }
  let shown = "";
  for (const token of tokens) {
    const text = detokenize(output.detokenizer, [token]);
    output.readLength += text.length;
    output.pendingEnds.push(output.readLength);
    shown += scanText(output.stopScan, text);
    if (output.stopScan.isStopped) break;
  }
  countShown(output, shown);
  return shown;
}

/** The output is over: what was held back, unless it completes a stop string. */
export function flushOutputText(output: OutputText): string {
  const rest = flushDetokenizer(output.detokenizer);
  const { stopScan, pendingEnds } = output;
  if (stopScan === undefined) return rest;
  const shown = scanText(stopScan, rest) + flushStopScan(stopScan);
  if (stopScan.isStopped) countShown(output, shown);
  else output.shownTokens += pendingEnds.splice(0).length;
  return shown;
}

// A token is shown when shown text goes beyond the end of the token before it.
function countShown(output: OutputText, shown: string): void {
  output.shownLength += shown.length;
  const { pendingEnds, shownLength } = output;
  let covered = 0;
  while (covered < pendingEnds.length && output.countedEnd < shownLength) {
    output.countedEnd = pendingEnds[covered] ?? shownLength;
    covered++;
  }
  output.shownTokens += covered;
  pendingEnds.splice(0, covered);
}
