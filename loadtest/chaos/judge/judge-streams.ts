// From what the clients saw to the figures of a scenario. Pure.

import { percentile } from "#loadtest/load/percentile.ts";
import { legalOutput } from "#loadtest/chaos/streams/legal-output.ts";
import type { LoadRecords } from "#loadtest/chaos/streams/stream-load.ts";
import type { StreamRecord } from "#loadtest/chaos/streams/stream-record.ts";
import { compareText } from "./compare-text.ts";

/** Something was done to the fleet. */
export interface Fault {
  readonly what: string;
  /** Of `performance.now`. */
  readonly atMs: number;
  /** `host:port` of the edge that it took away, with the sockets of its clients. */
  readonly edge?: string;
}

export interface StreamFigures {
  /** Accepted. */
  readonly streams: number;
  /** Accepted, and neither ended whole nor cut by their own client, nor left by it. */
  readonly failed: number;
  /** Left by their client when their edge was taken away. */
  readonly left_behind: number;
  /** Of the failed, those whose own edge was taken away while they were open, and which nobody read on. */
  readonly failed_with_edge: number;
  /** Of the failed, those that were told so by a typed error. */
  readonly told: number;
  /** Of the failed, by code or reason. */
  readonly failed_why: Readonly<Record<string, number>>;
  /** Broken, and read on at another edge. */
  readonly resumed: number;
  /** Broken, kept by nobody, and asked for again under their key. */
  readonly repeated: number;
  /** Tokens left out of a text, or missing at the end of one that ended whole. */
  readonly lost_tokens: number;
  readonly duplicated_tokens: number;
  readonly foreign_tokens: number;
  /** Of each stream that was open at a fault or up to 10 s after it, its longest pause since. */
  readonly gap_p50_ms: number;
  readonly gap_p99_ms: number;
  /** From a fault until a stream asked for after it had its first token, for the tenant that waited longest. */
  readonly recovered_ms: number;
  /** Not accepted. */
  readonly refused: Readonly<Record<string, number>>;
}

/** A pause that begins later is another's doing. */
const faultEchoMs = 10_000;

export function judgeStreams(records: LoadRecords, faults: readonly Fault[]): StreamFigures {
  const { streams, refusals } = records;
  const texts = streams.map((stream) => ({
    stream,
    ...compareText(stream.text, legalOutput(stream)),
  }));
  const missing = ({ end, outputTokens }: StreamRecord, delivered: number): number =>
    end.kind === "whole" ? outputTokens - delivered : 0;
  const leftBehind = streams.filter((stream) => stream.staysAway && lostItsEdge(stream, faults));
  const failed = streams.filter(
    (stream) =>
      stream.end.kind !== "whole" && stream.end.kind !== "cut" && !leftBehind.includes(stream),
  );
  const gaps = gapsOf(streams, faults);
  return {
    streams: streams.length,
    failed: failed.length,
    left_behind: leftBehind.length,
    failed_with_edge: failed.filter((stream) => lostItsEdge(stream, faults)).length,
    told: failed.filter(({ end }) => end.kind === "error").length,
    failed_why: countsOf(failed.map(whyOf)),
    resumed: streams.filter(({ resumes }) => resumes > 0).length,
    repeated: streams.filter(({ repeats }) => repeats > 0).length,
    lost_tokens: sum(
      texts.map(({ stream, lost, delivered }) => Math.max(lost, missing(stream, delivered))),
    ),
    duplicated_tokens: sum(texts.map(({ duplicated }) => duplicated)),
    foreign_tokens: sum(texts.map(({ foreign }) => foreign)),
    gap_p50_ms: Math.round(percentile(gaps, 0.5)),
    gap_p99_ms: Math.round(percentile(gaps, 0.99)),
    recovered_ms: Math.round(recoveredMs(streams, faults)),
    refused: countsOf(refusals.map(({ code }) => code)),
  };
}

function gapsOf(streams: readonly StreamRecord[], faults: readonly Fault[]): readonly number[] {
  const gaps: number[] = [];
  for (const stream of streams) {
    const met = faults.filter(
      ({ atMs }) => stream.firstAtMs >= 0 && stream.firstAtMs < atMs && stream.endedAtMs > atMs,
    );
    if (met.length === 0) continue;
    const felt = stream.pauses.filter(({ fromMs, forMs }) =>
      met.some(({ atMs }) => fromMs + forMs > atMs && fromMs < atMs + faultEchoMs),
    );
    gaps.push(Math.max(0, ...felt.map(({ forMs }) => forMs)));
  }
  return gaps.toSorted((a, b) => a - b);
}

/** NaN: some tenant was not served again. */
function recoveredMs(streams: readonly StreamRecord[], faults: readonly Fault[]): number {
  const tenants = new Set(streams.map(({ tenant }) => tenant));
  let longest = 0;
  for (const { atMs } of faults) {
    for (const tenant of tenants) {
      const firsts = streams
        .filter(
          (stream) => stream.tenant === tenant && stream.askedAtMs >= atMs && stream.firstAtMs >= 0,
        )
        .map(({ firstAtMs }) => firstAtMs - atMs);
      longest = Math.max(longest, firsts.length === 0 ? Number.NaN : Math.min(...firsts));
    }
  }
  return longest;
}

const lostItsEdge = (
  { edge, end, askedAtMs, endedAtMs }: StreamRecord,
  faults: readonly Fault[],
): boolean =>
  end.kind === "broken" &&
  faults.some((fault) => fault.edge === edge && fault.atMs > askedAtMs && fault.atMs < endedAtMs);

const whyOf = ({ end }: StreamRecord): string => {
  if (end.kind === "error") return end.code;
  if (end.kind !== "broken") return end.kind;
  const { reason, unresumed } = end;
  return unresumed === "" ? reason : `${reason}, not resumed: ${unresumed}`;
};

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

function countsOf(codes: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
