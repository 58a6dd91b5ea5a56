// Asks every process and puts its pages together. Many who want the same at once cause one asking, and what was
// just told is told again: a dashboard that looks ten times a second is no load.

import type { Asking } from "#shared/bus/asking.ts";
import type { GatheredRows } from "./gathered-view-rounds.ts";
import { Rounds } from "./gathered-view-rounds.ts";
import type { Question } from "./process-answers.ts";

export interface GatherPorts {
  readonly asking: Asking;
  /** The processes that are registered now. */
  readonly expected: () => readonly string[];
  readonly nowMs: () => number;
  /** How long one round waits for the slowest; at most 400 ms. */
  readonly timeoutMs?: number;
}

export interface Gathering {
  /** Rows are what processes of this version answer: the asker names their type. */
  rows<Row>(
    question: Question,
    query?: Readonly<Record<string, unknown>>,
  ): Promise<GatheredRows<Row>>;
}

const timeoutMsMax = 400;
/** Pages of one process after which the rest is left out. */
const pagesMax = 64;
/** In all: what has not come by then is left out. */
const patienceMs = 2_000;
const freshForMs = 250;
const keptMax = 64;

interface Kept {
  readonly atMs: number;
  readonly answer: Promise<GatheredRows<unknown>>;
}

export function gathering(ports: GatherPorts): Gathering {
  const kept = new Map<string, Kept>();
  return {
    rows: <Row>(question: Question, query: Readonly<Record<string, unknown>> = {}) => {
      const nowMs = ports.nowMs();
      for (const [key, { atMs }] of kept) {
        if (nowMs - atMs >= freshForMs || kept.size > keptMax) kept.delete(key);
      }
      const key = JSON.stringify([question, query]);
      const standing = kept.get(key);
      if (standing !== undefined) return standing.answer as Promise<GatheredRows<Row>>;
      const answer = gather(ports, question, query);
      kept.set(key, { atMs: nowMs, answer });
      answer.catch(() => kept.delete(key));
      return answer as Promise<GatheredRows<Row>>;
    },
  };
}

async function gather(
  { asking, expected, nowMs, timeoutMs = timeoutMsMax }: GatherPorts,
  question: Question,
  query: Readonly<Record<string, unknown>>,
): Promise<GatheredRows<unknown>> {
  const rounds = new Rounds();
  const deadlineMs = nowMs() + patienceMs;
  for (let page = 0; page < pagesMax && nowMs() < deadlineMs && !rounds.isOver; page++) {
    const body = { ...query, ...rounds.body };
    const waited = {
      timeoutMs: Math.min(timeoutMs, timeoutMsMax),
      expected: rounds.expected(expected),
    };
    rounds.hear(await asking.ask(question, body, waited));
  }
  return rounds.result();
}
