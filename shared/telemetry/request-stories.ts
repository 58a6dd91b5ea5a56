// The notes of recent requests, by request, for whoever asks what happened. Bounded in requests, in notes per
// request and in notes over all; the oldest request is forgotten first. Held in a ring outside the heap (`note-ring.ts`): on the heap is one small object per request.

import { Fifo } from "#shared/actor/fifo.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { NoteRing, noteCellsMax } from "./note-ring.ts";

export interface StoryLimits {
  readonly storiesMax: number;
  readonly notesPerStoryMax: number;
  /** Over all stories: about 80 bytes each. */
  readonly notesMax: number;
}

const storyLimitsDefault: StoryLimits = {
  storiesMax: 10_000,
  notesPerStoryMax: 200,
  notesMax: 400_000,
};

/** What was said of one request, in order. */
export interface StoryNotes {
  readonly notes: readonly NoteRecord[];
  /** Left out of the middle, to keep how it began and how it ended. */
  readonly omitted: number;
}

/** A chain of notes in the ring, by position; 0 is none. */
interface Chain {
  readonly requestId: string;
  first: number;
  /** Where the beginning ends: what is left out comes after it. */
  beginningLast: number;
  last: number;
  notes: number;
  omitted: number;
  tenant: string | undefined;
}

/** Half as much again as an ordinary note takes. */
const cellsPerNote = 16;

export class RequestStories {
  readonly #limits: StoryLimits;
  readonly #ring: NoteRing;
  readonly #stories = new Map<string, Chain>();
  /** Oldest first, by their first notes. Beside the map, whose own order is slow to read where much was deleted. */
  readonly #byAge = new Fifo<Chain>();
  /** Kept from the beginning of a story that grows too long; the rest is its end. */
  readonly #beginning: number;
  #noteCount = 0;
  #evictedCount = 0;

  constructor(limits: StoryLimits = storyLimitsDefault) {
    this.#limits = limits;
    this.#beginning = Math.ceil(limits.notesPerStoryMax * 0.6);
    const cells = limits.notesMax * cellsPerNote + 2 * noteCellsMax;
    this.#ring = new NoteRing(2 ** Math.ceil(Math.log2(cells)));
  }

  get evictedCount(): number {
    return this.#evictedCount;
  }

  get size(): number {
    return this.#stories.size;
  }

  add(requestId: string, note: NoteRecord): void {
    this.#makeRoom();
    const position = this.#ring.write(note, requestId);
    const chain = this.#stories.get(requestId) ?? this.#begin(requestId);
    const { tenant } = note.fields;
    if (typeof tenant === "string") chain.tenant ??= tenant;
    if (position === undefined) {
      chain.omitted++;
      return;
    }
    this.#append(chain, position);
    const { storiesMax, notesMax } = this.#limits;
    while (this.#stories.size > storiesMax || this.#noteCount > notesMax) this.#evictOldest();
  }

  find(requestId: string): StoryNotes | undefined {
    const chain = this.#stories.get(requestId);
    return chain === undefined ? undefined : this.#read(chain);
  }

  /** Newest first; of one tenant, or of all. */
  *newestFirst(tenant?: string): Generator<readonly [string, StoryNotes]> {
    for (const chain of [...this.#stories.values()].reverse()) {
      if (tenant !== undefined && chain.tenant !== tenant) continue;
      yield [chain.requestId, this.#read(chain)];
    }
  }

  #begin(requestId: string): Chain {
    const chain: Chain = {
      requestId,
      first: 0,
      beginningLast: 0,
      last: 0,
      notes: 0,
      omitted: 0,
      tenant: undefined,
    };
    this.#stories.set(requestId, chain);
    this.#byAge.push(chain);
    return chain;
  }

  #append(chain: Chain, position: number): void {
    if (chain.notes === 0) chain.first = position;
    else this.#ring.link(chain.last, position);
    chain.last = position;
    chain.notes++;
    this.#noteCount++;
    if (chain.notes === this.#beginning) chain.beginningLast = position;
    if (chain.notes > this.#limits.notesPerStoryMax) this.#omitOne(chain);
  }

  #omitOne(chain: Chain): void {
    const { beginningLast } = chain;
    const omitted = this.#ring.nextOf(beginningLast);
    this.#ring.link(beginningLast, this.#ring.nextOf(omitted));
    if (omitted === chain.last) chain.last = beginningLast;
    chain.notes--;
    chain.omitted++;
    this.#noteCount--;
  }

  #read({ requestId, first, notes, omitted }: Chain): StoryNotes {
    const read: NoteRecord[] = [];
    let position = first;
    while (read.length < notes) {
      read.push(this.#ring.read(position, requestId));
      position = this.#ring.nextOf(position);
    }
    return { notes: read, omitted };
  }

  /** A story goes as a whole before its first note is written over. */
  #makeRoom(): void {
    const { safeFrom } = this.#ring;
    for (
      let oldest = this.#byAge.first();
      oldest !== undefined && oldest.first < safeFrom;
      oldest = this.#byAge.first()
    ) {
      this.#evictOldest();
    }
  }

  #evictOldest(): void {
    const oldest = this.#byAge.shift();
    if (oldest === undefined) return;
    this.#stories.delete(oldest.requestId);
    this.#noteCount -= oldest.notes;
    this.#evictedCount++;
  }
}
