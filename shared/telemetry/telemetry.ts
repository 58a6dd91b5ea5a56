// One door for every note: from it come the log, the metrics and the stories. Costs under a microsecond a note, since
// it is on the path of every request; nothing here may throw into the host.

import { performance } from "node:perf_hooks";
import type { NoteRecord } from "#shared/actor/host.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { catalogue } from "./catalogue.ts";
import { LabelValues } from "./label-values.ts";
import type { NoteLevel } from "./log-levels.ts";
import { levelOf } from "./log-levels.ts";
import { MetricStore } from "./metric-store.ts";
import type { NoteCounter } from "./note-metrics.ts";
import { noteCounterFor } from "./note-metrics.ts";
import type { GaugeReading } from "./gauge-reading.ts";
import type { PlacedFigure } from "./figures.ts";
import { figuresOf } from "./figures.ts";
import type { Log } from "./pino-log.ts";
import type { OwnMetric } from "./prom-client-metrics.ts";
import { metricsText } from "./prom-client-metrics.ts";
import type { StoryLimits, StoryNotes } from "./request-stories.ts";
import { RequestStories } from "./request-stories.ts";
import type { SummaryPart } from "./story-parts.ts";
import { partOf, summaryPartOf } from "./story-parts.ts";
import type { RequestStory, StorySummary } from "./story.ts";
import { summarise, tellStory } from "./story.ts";

export interface TelemetryOptions {
  /** The host's clock, which notes carry. */
  readonly nowMs: () => number;
  readonly epochMs?: () => number;
  /** Absent: no log. */
  readonly log?: Log;
  /** Asked at each scrape. */
  readonly gauges?: () => readonly GaugeReading[];
  /** Also CPU, memory and event loop of this process. */
  readonly withProcess?: boolean;
  readonly storyLimits?: StoryLimits;
}

export interface Telemetry {
  /** Give this to the host, and to whoever else makes notes. */
  readonly onNote: (note: NoteRecord) => void;
  /** Which tenants, models, pools and workers are known: the values that labels may take. */
  knowFleet(fleet: Fleet): void;
  readonly metricsContentType: string;
  metricsText(): Promise<string>;
  story(requestId: string): RequestStory | undefined;
  /** Newest first. */
  recent(query: RecentQuery): readonly StorySummary[];
  /** The same as data that merges with what other processes know. */
  readonly parts: TelemetryParts;
}

export interface RecentQuery {
  readonly tenant?: string;
  readonly limit: number;
}

export interface TelemetryParts {
  /** Its notes in epoch time. */
  story(requestId: string): StoryNotes | undefined;
  /** Newest first. */
  recent(query: RecentQuery): readonly SummaryPart[];
  /** What is counted now; the process's own figures as they were when last read. */
  figures(): readonly PlacedFigure[];
  readOwnFigures(): Promise<void>;
}

/** What one kind of note sets in motion, looked up once per event. */
interface Handling {
  readonly level: NoteLevel;
  readonly counter: NoteCounter | undefined;
}

const eventsMax = 1_000;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const {
    nowMs,
    epochMs = preciseEpochMs,
    log,
    gauges,
    withProcess = false,
    storyLimits,
  } = options;
  const store = new MetricStore(catalogue);
  const values = new LabelValues();
  const stories = new RequestStories(storyLimits);
  const handlings = new Map<string, Handling>();
  const handlingOf = (event: string): Handling => {
    const made = { level: levelOf(event), counter: noteCounterFor(event, store, values) };
    if (handlings.size < eventsMax) handlings.set(event, made);
    return made;
  };
  let own: readonly OwnMetric[] = [];
  const countEvicted = (): void => {
    store.metric("fairlead_stories_evicted_total").series([]).value = stories.evictedCount;
  };
  const text = metricsText(store, {
    withProcess,
    refresh: () => {
      refreshGauges(store, values, gauges?.() ?? []);
      countEvicted();
    },
  });
  // Once: asked at every read, a story's moments would move with the clocks' drift.
  const epochOffsetMs = epochMs() - nowMs();
  return {
    onNote: (note) => {
      const { level, counter } = handlings.get(note.event) ?? handlingOf(note.event);
      counter?.(note);
      const requestId = note.fields["requestId"] ?? requestOf(note);
      if (typeof requestId === "string") stories.add(requestId, note);
      if (log?.isHeard(level) === true) log.note(level, note);
    },
    knowFleet: (fleet) => {
      values.knowFleet(fleet);
    },
    metricsContentType: text.contentType,
    metricsText: () => text.text(),
    story: (requestId) => {
      const told = stories.find(requestId);
      return told === undefined ? undefined : tellStory(requestId, told, epochOffsetMs);
    },
    recent: (query) => newest(stories, query, (id, told) => summarise(id, told, epochOffsetMs)),
    parts: {
      story: (requestId) => {
        const told = stories.find(requestId);
        return told === undefined ? undefined : partOf(told, epochOffsetMs);
      },
      recent: (query) =>
        newest(stories, query, (id, told) => summaryPartOf(id, told, epochOffsetMs)),
      figures: () => {
        countEvicted();
        return figuresOf(store, own);
      },
      readOwnFigures: async () => {
        own = await text.own();
      },
    },
  };
}

/** Finer than `Date.now`: moments of several processes are put in one order. */
const preciseEpochMs = (): number => performance.timeOrigin + performance.now();

function newest<Short>(
  stories: RequestStories,
  { tenant, limit }: RecentQuery,
  shorten: (requestId: string, told: StoryNotes) => Short,
): readonly Short[] {
  const found: Short[] = [];
  for (const [requestId, told] of stories.newestFirst(tenant)) {
    if (found.length >= limit) break;
    found.push(shorten(requestId, told));
  }
  return found;
}

/** What the host says of a session belongs to its request: the address ends in it. */
function requestOf({ event, actor }: NoteRecord): string | undefined {
  const isHosts = event.startsWith("host.") && kindOf(actor) === "session";
  return isHosts ? actor.slice(actor.lastIndexOf("/") + 1) : undefined;
}

function refreshGauges(
  store: MetricStore,
  values: LabelValues,
  readings: readonly GaugeReading[],
): void {
  const byMetric = Map.groupBy(readings, ({ metric }) => `fairlead_${metric}`);
  for (const series of store.all()) {
    const { name, type, labels: names } = series.metric;
    if (type !== "gauge") continue;
    series.replace(
      (byMetric.get(name) ?? []).map(({ labels, value }) => ({
        labels: names.map((label) => values.bounded(label, labels[label] ?? "")),
        value,
      })),
    );
  }
}
