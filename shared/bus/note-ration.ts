// Notes that a flood could cause: a few at once, the rest of the period counted and told in one.

import { performance } from "node:perf_hooks";
import type { Address, Note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";

export interface NoteRation {
  /** `actor`: whom it is about. Events must come from a closed list: one count is kept for each. */
  say(actor: Address, event: string, fields: Note["fields"]): void;
  /** Tells what is still counted. */
  stop(): void;
}

const atOnceMax = 20;
const periodMs = 5_000;

interface Withheld {
  said: number;
  count: number;
}

export function createNoteRation(self: Address, onNote: (record: NoteRecord) => void): NoteRation {
  let events = new Map<string, Withheld>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (actor: Address, event: string, fields: Note["fields"]): void =>
    onNote({ kind: "note", actor, event, fields, nowMs: performance.now() });
  const endPeriod = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const ended = events;
    events = new Map();
    for (const [event, { count }] of ended) {
      if (count > 0) tell(self, event, { why: "more of the same", count });
    }
  };
  return {
    say: (actor, event, fields) => {
      let withheld = events.get(event);
      if (withheld === undefined) events.set(event, (withheld = { said: 0, count: 0 }));
      timer ??= setTimeout(endPeriod, periodMs).unref();
      if (withheld.said < atOnceMax) {
        withheld.said++;
        tell(actor, event, fields);
      } else withheld.count++;
    },
    stop: endPeriod,
  };
}
