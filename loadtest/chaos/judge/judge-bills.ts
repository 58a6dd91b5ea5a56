// The ledger against what the clients received. Every accepted stream has one bill, and it is closed. A client that was not
// cut is billed exactly what it received; one that was cut, or whose edge died, at least that and at most one unacknowledged
// window more. Only where edge and worker died together the bill may be open still, or behind.

import { tokenLetters } from "#loadtest/chaos/streams/legal-output.ts";
import type { StreamRecord } from "#loadtest/chaos/streams/stream-record.ts";

export interface Bill {
  readonly requestId: string;
  readonly outputTokens: number;
  readonly isFinal: boolean;
  readonly outcome: string;
}

export interface BillFigures {
  readonly billing_errors: number;
  /** Of these, streams without any bill. */
  readonly unbilled: number;
  /** Of these, bills that nobody has closed yet. */
  readonly unsettled: number;
  /** The first of the errors, in words. */
  readonly wrong_bills: readonly string[];
}

const windowTokens = 256;
const shownMax = 5;

export function judgeBills(streams: readonly StreamRecord[], bills: readonly Bill[]): BillFigures {
  const billed = new Map<string, Bill[]>();
  for (const bill of bills) {
    billed.set(bill.requestId, [...(billed.get(bill.requestId) ?? []), bill]);
  }
  const billsOf = ({ requestId }: StreamRecord): readonly Bill[] => billed.get(requestId) ?? [];
  const wrong = streams.filter((stream) => !isRight(stream, billsOf(stream)));
  return {
    billing_errors: wrong.length,
    unbilled: wrong.filter((stream) => billsOf(stream).length === 0).length,
    unsettled: streams.filter((stream) => billsOf(stream).some(({ isFinal }) => !isFinal)).length,
    wrong_bills: wrong.slice(0, shownMax).map((stream) => wordsOf(stream, billsOf(stream))),
  };
}

function wordsOf({ requestId, text, end }: StreamRecord, billed: readonly Bill[]): string {
  const bills = billed.map(({ outputTokens, isFinal, outcome }) =>
    isFinal ? `${outputTokens} (${outcome})` : `${outputTokens} (open)`,
  );
  return `${requestId}: ${receivedOf(text)} tokens received, ${end.kind}; billed ${bills.join(" and ") || "nothing"}`;
}

const receivedOf = (text: string): number => Math.floor(text.length / tokenLetters);

function isRight({ text, end }: StreamRecord, billed: readonly Bill[]): boolean {
  const received = receivedOf(text);
  const [bill] = billed;
  // Nothing was received, so nothing is owed.
  if (bill === undefined) return received === 0;
  const { outputTokens, isFinal } = bill;
  const most = end.kind === "whole" ? received : received + windowTokens;
  return billed.length === 1 && isFinal && outputTokens >= received && outputTokens <= most;
}
