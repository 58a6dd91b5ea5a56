// The ledger against what the clients received. A client that was not cut is billed exactly that; one that was cut, or
// whose edge died, at least that and at most one unacknowledged window more; nobody twice.

import { tokenLetters } from "#loadtest/chaos/streams/legal-output.ts";
import type { StreamRecord } from "#loadtest/chaos/streams/stream-record.ts";

export interface Bill {
  readonly requestId: string;
  readonly outputTokens: number;
  readonly isFinal: boolean;
}

export interface BillFigures {
  readonly billing_errors: number;
  /** Of these, streams without any bill. */
  readonly unbilled: number;
}

const windowTokens = 256;

export function judgeBills(streams: readonly StreamRecord[], bills: readonly Bill[]): BillFigures {
  const billed = new Map<string, number[]>();
  for (const { requestId, outputTokens } of bills) {
    billed.set(requestId, [...(billed.get(requestId) ?? []), outputTokens]);
  }
  const wrong = streams.filter((stream) => !isRight(stream, billed.get(stream.requestId) ?? []));
  return {
    billing_errors: wrong.length,
    unbilled: wrong.filter(({ requestId }) => !billed.has(requestId)).length,
  };
}

function isRight({ text, end }: StreamRecord, billed: readonly number[]): boolean {
  const received = Math.floor(text.length / tokenLetters);
  const [tokens] = billed;
  // Nothing was received, so nothing is owed.
  if (tokens === undefined) return received === 0;
  const most = end.kind === "whole" ? received : received + windowTokens;
  return billed.length === 1 && tokens >= received && tokens <= most;
}
