// How long a request took that more than one session served. Each session times what it did itself; its client waited
// for all of it, so such times are taken between the notes.

import type { NoteRecord } from "#shared/actor/host.ts";

export interface RequestTimes {
  readonly queueMs?: number;
  readonly ttftMs?: number;
  readonly tpotMs?: number;
  readonly e2eMs?: number;
}

const goesOn: ReadonlySet<string> = new Set(["session.resumed", "session.runs-again"]);

/** Empty where one session served all of it: then it has told its times. */
export function timesOverSessions(notes: readonly NoteRecord[]): RequestTimes {
  const end = notes.findLastIndex(({ event }) => event === "session.finished");
  const [first, finished] = [notes[0], notes[end]];
  if (first === undefined || finished === undefined) return {};
  // What came later only reads again.
  const wentOn = ({ event, actor }: NoteRecord): boolean =>
    goesOn.has(event) && actor === finished.actor;
  if (!notes.slice(0, end).some(wentOn)) return {};
  const firstToken = notes.find(({ event }) => event === "session.first-token");
  const gaps = Number(finished.fields["outputTokens"] ?? 0) - 1;
  return {
    ...firstSaid(notes, "queueMs"),
    ...firstSaid(notes, "ttftMs"),
    ...(firstToken === undefined || gaps < 1
      ? {}
      : { tpotMs: rounded((finished.nowMs - firstToken.nowMs) / gaps) }),
    e2eMs: rounded(finished.nowMs - first.nowMs),
  };
}

function firstSaid(notes: readonly NoteRecord[], name: "queueMs" | "ttftMs"): RequestTimes {
  const value = notes.find(({ fields }) => typeof fields[name] === "number")?.fields[name];
  return value === undefined ? {} : { [name]: rounded(Number(value)) };
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
