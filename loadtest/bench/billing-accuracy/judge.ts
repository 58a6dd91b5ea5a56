// The ledger against what each client counted itself. Pure. A request that was not cut is billed exactly what its client received; one that
// was cut, at least that and at most one unacknowledged window more, which can be had by reading on; what was refused, nothing.

import type { Receipt } from "./client.ts";

export interface Billed {
  readonly tenant: string;
  readonly requestId: string;
  readonly outputTokens: number;
  readonly promptTokens: number;
  readonly attempts: number;
  readonly isFinal: boolean;
}

export interface AccuracyFigures {
  readonly requests: number;
  readonly cut: number;
  readonly failed_over: number;
  readonly duplicates: number;
  /** Billed otherwise than received, or not settled. */
  readonly mismatches: number;
  /** Cut, and billed more than could be had. */
  readonly over_window: number;
  /** One request, billed under more than one id. */
  readonly double_billed: number;
  /** Received, and not in the ledger. */
  readonly missing: number;
  readonly refused: number;
  readonly failed: number;
  /** Output tokens, by the clients' count and by the ledger's, of requests that were not cut. */
  readonly received_tokens: number;
  readonly billed_tokens: number;
  /** The first wrong ones, in words. */
  readonly wrong: readonly string[];
}

export const windowTokens = 256;
const shownMax = 10;

type Fault = "mismatch" | "over-window" | "double-billed" | "missing";

export function judge(receipts: readonly Receipt[], rows: readonly Billed[]): AccuracyFigures {
  const byId = new Map(rows.map((row) => [row.requestId, row]));
  const faults = new Map<Fault, number>();
  const wrong: string[] = [];
  for (const receipt of receipts) {
    const fault = faultOf(receipt, byId);
    if (fault === undefined) continue;
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    if (wrong.length < shownMax) wrong.push(wordsOf(receipt, byId, fault));
  }
  const count = (fault: Fault): number => faults.get(fault) ?? 0;
  const ended = (end: Receipt["end"]): readonly Receipt[] =>
    receipts.filter((one) => one.end === end);
  const whole = ended("whole");
  return {
    requests: receipts.length,
    cut: ended("cut").length,
    failed_over: receipts.filter(({ requestId }) => (byId.get(requestId)?.attempts ?? 0) > 1)
      .length,
    duplicates: sum(receipts, ({ duplicates }) => duplicates),
    mismatches: count("mismatch"),
    over_window: count("over-window"),
    double_billed: count("double-billed"),
    missing: count("missing"),
    refused: ended("refused").length,
    failed: ended("failed").length,
    received_tokens: sum(whole, ({ received }) => received),
    billed_tokens: sum(whole, ({ requestId }) => byId.get(requestId)?.outputTokens ?? 0),
    wrong,
  };
}

const sum = <Of>(list: readonly Of[], figure: (one: Of) => number): number =>
  list.reduce((total, one) => total + figure(one), 0);

function faultOf(receipt: Receipt, byId: ReadonlyMap<string, Billed>): Fault | undefined {
  const { end, received, requestId, others } = receipt;
  const row = byId.get(requestId);
  if (others.some((id) => (byId.get(id)?.outputTokens ?? 0) > 0)) return "double-billed";
  if (end === "refused") {
    const isBilled = row !== undefined && row.outputTokens + row.promptTokens > 0;
    return isBilled ? "mismatch" : undefined;
  }
  if (row === undefined) return received > 0 || end === "whole" ? "missing" : undefined;
  return amountFaultOf(receipt, row);
}

function amountFaultOf({ end, received, had }: Receipt, row: Billed): Fault | undefined {
  if (!row.isFinal || row.outputTokens < received) return "mismatch";
  if (end === "whole") return row.outputTokens === received ? undefined : "mismatch";
  return row.outputTokens > Math.min(had ?? Infinity, received + windowTokens)
    ? "over-window"
    : undefined;
}

function wordsOf(receipt: Receipt, byId: ReadonlyMap<string, Billed>, fault: Fault): string {
  const { ask, requestId, received, end, had, code } = receipt;
  const row = byId.get(requestId);
  const billed =
    row === undefined ? "nothing" : `${row.outputTokens}${row.isFinal ? "" : " (open)"}`;
  const more = had === undefined ? "" : `, ${had} to be had`;
  const why = code === "" ? "" : ` (${code})`;
  return `${fault}: ${ask.kind} ${requestId} of ${ask.tenant}: ${end}${why}, ${received} received${more}, billed ${billed}`;
}
