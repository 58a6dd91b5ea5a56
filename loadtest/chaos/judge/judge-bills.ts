// The ledger against what the clients received. Every accepted stream has one bill, and it is closed. A client that was not
// cut is billed exactly what it received; one that was cut, or whose edge died, at least that and at most one unacknowledged
// window more. Only where edge and worker died together the bill may be open still, or behind.

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
  /** Bills that nobody has closed yet, whether that is an error or not. */
  readonly unsettled: number;
}

const windowTokens = 256;

export function judgeBills(
  streams: readonly StreamRecord[],
  bills: readonly Bill[],
  { losesEdgeAndWorker }: { readonly losesEdgeAndWorker: boolean },
): BillFigures {
  const billed = new Map<string, Bill[]>();
  for (const bill of bills) {
    billed.set(bill.requestId, [...(billed.get(bill.requestId) ?? []), bill]);
  }
  const billsOf = ({ requestId }: StreamRecord): readonly Bill[] => billed.get(requestId) ?? [];
  const wrong = streams.filter((stream) => {
    // Its client saw the socket break, and nobody had it any more.
    const mayBeBehind = losesEdgeAndWorker && stream.end.kind === "broken";
    return !isRight(stream, billsOf(stream), mayBeBehind);
  });
  return {
    billing_errors: wrong.length,
    unbilled: wrong.filter((stream) => billsOf(stream).length === 0).length,
    unsettled: streams.filter((stream) => billsOf(stream).some(({ isFinal }) => !isFinal)).length,
  };
}

function isRight(
  { text, end }: StreamRecord,
  billed: readonly Bill[],
  mayBeBehind: boolean,
): boolean {
  const received = Math.floor(text.length / tokenLetters);
  const [bill] = billed;
  // Nothing was received, so nothing is owed.
  if (bill === undefined) return received === 0 || mayBeBehind;
  const { outputTokens, isFinal } = bill;
  const most = end.kind === "whole" ? received : received + windowTokens;
  if (billed.length > 1 || outputTokens > most) return false;
  return mayBeBehind || (isFinal && outputTokens >= received);
}
