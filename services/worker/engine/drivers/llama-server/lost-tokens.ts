// Which tokens a stream passed over. A llama-server sends no event for a token that ends inside a character, and the next
// event brings the whole text of all of them with the id of the last. Law: an answer is the only one possible, or none.

import type { Token, Vocabulary } from "#shared/model/tokenizer.ts";

/** Beyond these it is not worth looking: a character is four bytes at most. */
const lostTokensMax = 4;
const lostBytesMax = 16;

export interface Gap {
  /** Text of the lost tokens and of the one that came. */
  readonly text: string;
  readonly token: Token;
  readonly lostTokens: number;
}

export type FindLost = (gap: Gap) => readonly Token[] | undefined;

/** Undefined, as an answer: the bytes leave a choice, or they are no text. */
export function lostTokensOf(vocabulary: Vocabulary): FindLost {
  let partial: ReadonlyMap<string, readonly Token[]> | undefined;
  return ({ text, token, lostTokens }) => {
    // What is no UTF-8 was replaced on its way here.
    if (lostTokens > lostTokensMax || text.includes("\ufffd")) return undefined;
    const bytes = latin1(Buffer.from(text));
    const last = bytesOf(vocabulary, token);
    const lost = bytes.slice(0, bytes.length - last.length);
    if (last === "" || !bytes.endsWith(last) || lost.length > lostBytesMax) return undefined;
    partial ??= Map.groupBy(vocabulary.partialIds, (id) => bytesOf(vocabulary, id));
    // With fewer tokens there may have been others of no text among them.
    const ways = waysToWrite(lost, lostTokens, partial);
    const [way] = ways;
    return ways.length === 1 && way?.length === lostTokens ? way : undefined;
  };
}

/** By up to so many tokens; two are enough to know that there is a choice. */
function waysToWrite(
  bytes: string,
  tokensMax: number,
  partial: ReadonlyMap<string, readonly Token[]>,
): Token[][] {
  if (bytes === "") return [[]];
  if (tokensMax === 0) return [];
  const ways: Token[][] = [];
  for (let length = 1; length <= bytes.length && ways.length < 2; length++) {
    const heads = partial.get(bytes.slice(0, length));
    if (heads === undefined) continue;
    const tails = waysToWrite(bytes.slice(length), tokensMax - 1, partial);
    for (const head of heads) ways.push(...tails.map((tail) => [head, ...tail]));
  }
  return ways;
}

/** One letter a byte: what strings can be compared and cut by. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function bytesOf(vocabulary: Vocabulary, token: Token): string {
  const bytes: number[] = [];
  vocabulary.appendBytes(token, bytes);
  return latin1(Uint8Array.from(bytes));
}
