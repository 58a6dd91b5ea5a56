// Actors that threw too often and were stopped for good, of those without which a process does nobody any good: it
// says that it is not ready, until it is restarted. Owned ones begin anew elsewhere, a session ends with its request.

import type { NoteRecord } from "#shared/actor/host.ts";
import { kindOf } from "#shared/messages/addresses.ts";

const vital: ReadonlySet<string> = new Set([
  "owner",
  "session-directory",
  "meter",
  "worker",
  "engine",
  "adapter-cache",
]);

export interface StoppedActors {
  readonly onNote: (record: NoteRecord) => void;
  /** In words; empty when all is well. */
  readonly missing: () => readonly string[];
}

export function stoppedActors(): StoppedActors {
  const stopped = new Set<string>();
  return {
    onNote: ({ event, actor }) => {
      if (event === "host.stopped-actor" && vital.has(kindOf(actor))) stopped.add(actor);
    },
    missing: () =>
      [...stopped].map((actor) => `${actor} threw too often and was stopped: restart this process`),
  };
}
