// Notes of the data plane's two ends. What can happen for each message is said once a second, with how often it was.

import type { Address, Note } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";

const quietMs = 1_000;
/** Different things to say at once; past it the memory begins anew. */
const rememberedMax = 1_000;

export interface DataPlaneNotes {
  say(event: string, fields: Note["fields"]): void;
  /** One of many: at most once a second per event, peer and reason. */
  drop(event: string, peer: string, why: string): void;
}

export function dataPlaneNotes(
  self: Address,
  nowMs: () => number,
  onNote: (record: NoteRecord) => void,
): DataPlaneNotes {
  const said = new Map<string, { untilMs: number; unsaid: number }>();
  const say = (event: string, fields: Note["fields"]): void =>
    onNote({ ...note(event, fields), actor: self, nowMs: nowMs() });
  return {
    say,
    drop: (event, peer, why) => {
      const key = `${event} ${peer} ${why}`;
      const now = nowMs();
      const earlier = said.get(key);
      if (earlier !== undefined && now < earlier.untilMs) {
        earlier.unsaid++;
        return;
      }
      if (said.size >= rememberedMax) said.clear();
      said.set(key, { untilMs: now + quietMs, unsaid: 0 });
      say(event, { peer, why, before: earlier?.unsaid ?? 0 });
    },
  };
}
