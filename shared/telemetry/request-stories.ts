// The notes of recent requests, by request, for whoever asks what happened. Bounded in requests, in notes per
// request and in notes over all; the oldest request is forgotten first. Holds notes as they came, without copying.

import type { NoteRecord } from "#shared/actor/host.ts";

export interface StoryLimits {
  readonly storiesMax: number;
  readonly notesPerStoryMax: number;
  /** Over all stories: about 300 bytes each. */
  readonly notesMax: number;
}

const storyLimitsDefault: StoryLimits = {
  storiesMax: 10_000,
  notesPerStoryMax: 200,
  notesMax: 400_000,
};

/** What was said of one request, in order. */
export interface StoryNotes {
  readonly notes: NoteRecord[];
  /** Left out of the middle, to keep how it began and how it ended. */
  omitted: number;
}

export class RequestStories {
  readonly #limits: StoryLimits;
  readonly #stories = new Map<string, StoryNotes>();
  /** Kept from the beginning of a story that grows too long; the rest is its end. */
  readonly #beginning: number;
  #noteCount = 0;
  #evictedCount = 0;

  constructor(limits: StoryLimits = storyLimitsDefault) {
    this.#limits = limits;
    this.#beginning = Math.ceil(limits.notesPerStoryMax * 0.6);
  }

  get evictedCount(): number {
    return this.#evictedCount;
  }

  get size(): number {
    return this.#stories.size;
  }

  add(requestId: string, note: NoteRecord): void {
    const story = this.#stories.get(requestId);
    if (story === undefined) {
      this.#stories.set(requestId, { notes: [note], omitted: 0 });
    } else {
      story.notes.push(note);
      if (story.notes.length > this.#limits.notesPerStoryMax) {
        story.notes.splice(this.#beginning, 1);
        story.omitted++;
        return;
      }
    }
    this.#noteCount++;
    const { storiesMax, notesMax } = this.#limits;
    while (this.#stories.size > storiesMax || this.#noteCount > notesMax) this.#evictOldest();
  }

  find(requestId: string): StoryNotes | undefined {
    return this.#stories.get(requestId);
  }

  /** Newest first. */
  *newestFirst(): Generator<readonly [string, StoryNotes]> {
    yield* [...this.#stories].reverse();
  }

  #evictOldest(): void {
    for (const [requestId, { notes }] of this.#stories) {
      this.#stories.delete(requestId);
      this.#noteCount -= notes.length;
      this.#evictedCount++;
      return;
    }
  }
}
