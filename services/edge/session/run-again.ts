// A client repeats a request that it has named, and nothing of it is kept: it runs again, in the same account and as the
// same request, from its first token; what the client has is read in silence. Whatever may yet run of it elsewhere is an
// earlier attempt, and fenced like any other.

import { ask } from "./ask-for-place.ts";
import type { Call, Resuming, Session } from "./session-state.ts";
import { armTimer, fromTheStart, startCall, story } from "./session-state.ts";
import type { Effect } from "#shared/actor/actor.ts";

export function runAgain(
  session: Session,
  call: Call,
  { asked, attempt, earlier }: Pick<Resuming, "asked" | "attempt" | "earlier">,
  nowMs: number,
): readonly Effect[] {
  const { request, promptBytes, openedAtMs, output } = call;
  const begin = { vocabulary: output.detokenizer.vocabulary, nowMs: openedAtMs };
  const again = startCall({ ...request, promptBytes, requestId: asked.requestId }, begin, {
    ...fromTheStart,
    session: call.session,
    shownFrom: asked.after + 1,
    runsAgain: true,
  });
  again.attempt = attempt + 1;
  // Not known how they ended: any of them may have given way.
  again.preemptions = earlier?.preemptions ?? attempt;
  again.continuations = earlier?.continuations ?? 0;
  again.suspicion = earlier?.suspicion ?? again.suspicion;
  session.call = again;
  session.resuming = undefined;
  return [
    story(again, "session.runs-again", { after: asked.after }),
    ...ask(again, nowMs),
    armTimer("deadline", again.deadlineAtMs),
  ];
}
