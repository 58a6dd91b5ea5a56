// One request's story, told from its notes: each stage with its time, where the request waited and why, who ran it,
// and how it ended. Pure; what a note does not say, the story leaves out.

import type { NoteRecord } from "#shared/actor/host.ts";
import type { StoryNotes } from "./request-stories.ts";
import { StartedAttempt } from "./started-attempt.ts";
import { sentenceOf } from "./story-sentences.ts";
import { timesOverSessions } from "./story-times.ts";
import type { Wait } from "./story-waits.ts";
import { waitsOf } from "./story-waits.ts";

export interface RequestStory extends StorySummary {
  readonly pool?: string;
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly outputTokens?: number;
  readonly queueMs?: number;
  readonly ttftMs?: number;
  readonly tpotMs?: number;
  /** The most blocks that were booked for it or held by it. */
  readonly kvBlocks?: number;
  /** In the order in which they ran it. */
  readonly workers: readonly string[];
  /** Those of the workers: where it ran. Absent: nowhere, or nobody said. */
  readonly zones?: readonly string[];
  readonly waits: readonly Wait[];
  readonly stages: readonly Stage[];
  /** Notes left out of the middle of a very long story. */
  readonly omittedStages: number;
}

export interface StorySummary {
  readonly requestId: string;
  readonly tenant?: string;
  readonly model?: string;
  /** Absent: the base model. */
  readonly adapterDigest?: string;
  readonly state: "arriving" | "waiting" | "running" | "ended";
  /** How it ended: `stop`, `length`, `cancelled` or the code of a refusal. */
  readonly outcome?: string;
  /** Whole milliseconds. */
  readonly arrivedAtEpochMs: number;
  readonly attempts: number;
  readonly e2eMs?: number;
}

export interface Stage {
  readonly atEpochMs: number;
  readonly sinceArrivalMs: number;
  readonly actor: string;
  readonly event: string;
  readonly what: string;
  readonly fields: Readonly<Record<string, string | number>>;
  /** Which said so, where there are several. */
  readonly process?: string;
}

/** A note, and the process that said it, where there are several. */
export interface ToldNote extends NoteRecord {
  readonly process?: string;
}

export interface ToldNotes extends StoryNotes {
  readonly notes: readonly ToldNote[];
}

/** `epochOffsetMs`: what turns the host's clock into epoch time. */
export function tellStory(requestId: string, told: ToldNotes, epochOffsetMs: number): RequestStory {
  const { notes, omitted } = told;
  const arrivedAtMs = notes[0]?.nowMs ?? 0;
  const last = new LastFields(notes);
  return {
    ...summarise(requestId, told, epochOffsetMs),
    ...last.word("pool"),
    ...last.number("promptTokens"),
    ...last.number("cachedTokens"),
    ...last.number("outputTokens"),
    ...last.number("queueMs"),
    ...last.number("ttftMs"),
    ...last.number("tpotMs"),
    ...timesOverSessions(notes),
    ...kvBlocksOf(notes),
    workers: workersOf(notes),
    ...zonesOf(notes),
    waits: waitsOf(notes),
    stages: notes.map((note) => stageOf(note, { arrivedAtMs, epochOffsetMs })),
    omittedStages: omitted,
  };
}

export function summarise(
  requestId: string,
  { notes }: StoryNotes,
  epochOffsetMs: number,
): StorySummary {
  const last = new LastFields(notes);
  return {
    requestId,
    ...last.word("tenant"),
    ...last.word("model"),
    ...last.word("adapterDigest"),
    state: stateOf(notes),
    ...outcomeOf(notes),
    arrivedAtEpochMs: Math.round((notes[0]?.nowMs ?? 0) + epochOffsetMs),
    attempts: notes.reduce((most, { fields }) => Math.max(most, Number(fields["attempt"] ?? 0)), 0),
    ...last.number("e2eMs"),
    ...e2eOver(notes),
  };
}

/** A list of requests tells no more of it. */
function e2eOver(notes: readonly NoteRecord[]): Pick<StorySummary, "e2eMs"> {
  const { e2eMs } = timesOverSessions(notes);
  return e2eMs === undefined ? {} : { e2eMs };
}

/** The last said value of a field. */
class LastFields {
  readonly #notes: readonly NoteRecord[];

  constructor(notes: readonly NoteRecord[]) {
    this.#notes = notes;
  }

  word<Name extends string>(name: Name): { readonly [Field in Name]?: string } {
    const value = this.#notes.findLast(({ fields }) => typeof fields[name] === "string")?.fields[
      name
    ];
    return value === undefined ? {} : ({ [name]: value } as { [Field in Name]?: string });
  }

  /** Durations to a thousandth: what is finer is noise. */
  number<Name extends string>(name: Name): { readonly [Field in Name]?: number } {
    const value = this.#notes.findLast(
      ({ event, fields }) => event !== readAgain && typeof fields[name] === "number",
    )?.fields[name];
    return value === undefined
      ? {}
      : ({ [name]: roundMs(Number(value)) } as { [Field in Name]?: number });
  }
}

/** Says how long that took, not how long the request did. */
const readAgain = "session.replayed";

const roundMs = (value: number): number => Math.round(value * 1000) / 1000;

function stageOf(
  { actor, event, fields, nowMs, process }: ToldNote,
  { arrivedAtMs, epochOffsetMs }: { readonly arrivedAtMs: number; readonly epochOffsetMs: number },
): Stage {
  return {
    atEpochMs: roundMs(nowMs + epochOffsetMs),
    sinceArrivalMs: roundMs(nowMs - arrivedAtMs),
    actor,
    event,
    what: sentenceOf(event, fields),
    fields,
    ...(process === undefined ? {} : { process }),
  };
}

const says = (notes: readonly NoteRecord[], ...events: readonly string[]): boolean =>
  notes.some(({ event }) => events.includes(event));

/** When the state was last decided; undefined while it is the first. */
export const turnAtMs = (notes: readonly NoteRecord[]): number | undefined =>
  lastTurn(notes)?.nowMs;

function lastTurn(notes: readonly NoteRecord[]): NoteRecord | undefined {
  const started = new StartedAttempt();
  return notes.reduce<NoteRecord | undefined>((last, said) => {
    const isTurn = turns.has(said.event) && !started.isPast(said);
    started.hear(said);
    return isTurn ? said : last;
  }, undefined);
}

function stateOf(notes: readonly NoteRecord[]): StorySummary["state"] {
  if (says(notes, "session.finished", "session.refused", "edge.refused")) return "ended";
  const turn = lastTurn(notes);
  return (turn && turns.get(turn.event)) ?? "arriving";
}

const turns: ReadonlyMap<string, "waiting" | "running"> = new Map([
  ["session.submitted", "waiting"],
  ["session.admitted", "waiting"],
  ["queue.admitted", "waiting"],
  ["session.attempt-lost", "waiting"],
  ["session.started", "running"],
  ["worker.started", "running"],
]);

function outcomeOf(notes: readonly NoteRecord[]): { readonly outcome?: string } {
  const finished = notes.findLast(({ event }) => event === "session.finished")?.fields["outcome"];
  const refused = notes.findLast(({ event }) => codeEvents.has(event))?.fields["code"];
  const outcome = finished ?? refused;
  return typeof outcome === "string" ? { outcome } : {};
}

const codeEvents: ReadonlySet<string> = new Set([
  "edge.refused",
  "session.refused",
  "session.failed",
]);

function kvBlocksOf(notes: readonly NoteRecord[]): { readonly kvBlocks?: number } {
  const blocks = notes
    .filter(({ event }) => blockEvents.has(event))
    .map(({ fields }) => Number(fields["blocks"] ?? 0));
  return blocks.length === 0 ? {} : { kvBlocks: Math.max(...blocks) };
}

const blockEvents: ReadonlySet<string> = new Set([
  "router.granted",
  "kv.reserved",
  "kv.extended",
  "worker.freed",
  "engine.freed",
]);

function workersOf(notes: readonly NoteRecord[]): readonly string[] {
  const started = notes.filter(
    ({ event }) => event === "worker.started" || event === "session.started",
  );
  return [...new Set(started.flatMap(({ fields }) => wordOf(fields["worker"])))];
}

function zonesOf(notes: readonly NoteRecord[]): { readonly zones?: readonly string[] } {
  const zones = [...new Set(notes.flatMap(({ fields }) => wordOf(fields["zone"])))];
  return zones.length === 0 ? {} : { zones };
}

const wordOf = (value: unknown): readonly string[] => (typeof value === "string" ? [value] : []);
