// A request's story is said by several processes, each with a clock of its own. A part is what one process knows, on
// the clock of the epoch; parts merge into one story, and their short forms into one summary.

import type { StoryNotes } from "./request-stories.ts";
import { inCausalOrder } from "./story-order.ts";
import type { RequestStory, StorySummary, ToldNote } from "./story.ts";
import { summarise, tellStory, turnAtMs } from "./story.ts";

/** What one process knows of a request, short: with the time of the last note that decides its state. */
export interface SummaryPart extends StorySummary {
  readonly turnAtEpochMs: number;
}

/** The same notes, told in epoch time. */
export function partOf({ notes, omitted }: StoryNotes, epochOffsetMs: number): StoryNotes {
  const moved = notes.map((note) => ({ ...note, nowMs: note.nowMs + epochOffsetMs }));
  return { notes: moved, omitted };
}

export const summaryPartOf = (
  requestId: string,
  told: StoryNotes,
  epochOffsetMs: number,
): SummaryPart => ({
  ...summarise(requestId, told, epochOffsetMs),
  turnAtEpochMs: (turnAtMs(told.notes) ?? 0) + epochOffsetMs,
});

export interface ProcessStory {
  readonly process: string;
  readonly part: StoryNotes;
}

/** Undefined: no process knows the request. */
export function mergeStory(
  requestId: string,
  parts: readonly ProcessStory[],
): RequestStory | undefined {
  const notes = parts.flatMap(({ process, part }) =>
    part.notes.map((note): ToldNote => ({ ...note, process })),
  );
  if (notes.length === 0) return undefined;
  const omitted = parts.reduce((sum, { part }) => sum + part.omitted, 0);
  return tellStory(requestId, { notes: inCausalOrder(notes), omitted }, 0);
}

/** Newest first. A request whose parts differ is in the state that was said last; an end is final. */
export function mergeSummaries(parts: readonly SummaryPart[], limit: number): StorySummary[] {
  const byRequest = Map.groupBy(parts, ({ requestId }) => requestId);
  return [...byRequest.values()]
    .map(mergeSummary)
    .toSorted((a, b) => b.arrivedAtEpochMs - a.arrivedAtEpochMs)
    .slice(0, limit);
}

function mergeSummary(parts: readonly SummaryPart[]): StorySummary {
  const byTurn = parts.toSorted((a, b) => a.turnAtEpochMs - b.turnAtEpochMs);
  const ended = parts.find(({ state }) => state === "ended");
  const { turnAtEpochMs: _, ...said } = [...byTurn, ...(ended === undefined ? [] : [ended])].reduce(
    (all, part) => ({ ...all, ...part }),
  );
  return {
    ...said,
    arrivedAtEpochMs: Math.min(...parts.map(({ arrivedAtEpochMs }) => arrivedAtEpochMs)),
    attempts: Math.max(...parts.map(({ attempts }) => attempts)),
  };
}
