// A client's text against the only legal one, token by token: what is missing, what came twice, what is foreign.

import { tokenLetters } from "#loadtest/chaos/streams/legal-output.ts";

export interface TextVerdict {
  /** Legal tokens that were left out before a later one arrived. */
  readonly lost: number;
  /** Tokens that had arrived before. */
  readonly duplicated: number;
  /** Tokens that are legal nowhere near. */
  readonly foreign: number;
  /** Legal tokens delivered, counted once. */
  readonly delivered: number;
}

/** So many tokens in a row tell where a stream went on. */
const anchorTokens = 3;

/** Both whole tokens of four letters; what is left of a last one counts as foreign. */
export function compareText(text: string, legal: string): TextVerdict {
  if (legal.startsWith(text) && text.length % tokenLetters === 0) {
    return { lost: 0, duplicated: 0, foreign: 0, delivered: text.length / tokenLetters };
  }
  let lost = 0;
  let duplicated = 0;
  let foreign = 0;
  let next = 0;
  let furthest = 0;
  for (let at = 0; at < text.length; at += tokenLetters) {
    const token = text.slice(at, at + tokenLetters);
    if (token !== tokenAt(legal, next)) {
      const found = placeOf(text.slice(at, at + anchorTokens * tokenLetters), legal);
      if (found < 0) {
        foreign += 1;
        continue;
      }
      if (found > next) lost += found - next;
      else duplicated += next - found;
      next = found;
    }
    next += 1;
    furthest = Math.max(furthest, next);
  }
  return { lost, duplicated, foreign, delivered: furthest - lost };
}

const tokenAt = (legal: string, index: number): string =>
  legal.slice(index * tokenLetters, (index + 1) * tokenLetters);

/** On a token's boundary; -1: nowhere. */
function placeOf(anchor: string, legal: string): number {
  for (let at = legal.indexOf(anchor); at >= 0; at = legal.indexOf(anchor, at + 1)) {
    if (at % tokenLetters === 0) return at / tokenLetters;
  }
  return -1;
}
