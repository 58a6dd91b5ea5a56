// A client reads its stream again, through another session: that one becomes the sequence's, and hears everything from the
// first token on. Law: one session commands an attempt, the one that came last; an earlier one is told so and is not
// obeyed. What nobody reads is kept for half a minute, then stopped.

import { note } from "#shared/actor/actor.ts";
import type { Address } from "#shared/actor/actor.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { AttachRefused } from "#shared/messages/to-session.ts";
import type { Attach, Unclaimed } from "#shared/messages/to-worker.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { isReadableWith } from "#shared/model/resume-terms.ts";
import { resend } from "./end-sequence.ts";
import { tellAgain } from "./ended-sequences.ts";
import type { EndedSequence, Sequence } from "./sequence.ts";
import { stopSequence } from "./stop-sequence.ts";
import { nextIndex, rewind, tokensFrom } from "./token-log.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** How long a sequence runs, and waits at its window, for a client that may come back. */
const unclaimedKeptMs = 30_000;

export function attach(state: WorkerState, message: Attach, from: Address, turn: Turn): void {
  const key = attemptKey(message.requestId, message.attempt);
  const live = state.live.get(key);
  const known = live ?? state.ended.byAttempt.get(key);
  const reason = whyNot(state, message, known);
  if (reason !== undefined || known === undefined) {
    const { requestId, attempt } = message;
    const refused = { kind: "attach-refused", requestId, attempt } as const;
    turn.effects.push(toSession(from, { ...refused, reason: reason ?? "gone" }));
    return;
  }
  if (known.session !== from) takeOver(state, known, from, turn);
  if ("end" in known) tellAgain(state.ended, key, known);
  else known.unclaimedAtMs = undefined;
  rewind(known.log, message.after + 1);
  const { requestId, attempt, started: start } = known;
  const { worker, engineUp, placement } = state;
  const { zone } = placement;
  const workerType = engineUp?.workerType ?? "";
  const attached = { kind: "attached", requestId, attempt, worker, workerType, zone } as const;
  turn.effects.push(toSession(from, { ...attached, isOver: live === undefined, start }));
  resend(known, tokensFrom(known.log, 0), turn);
}

function whyNot(
  state: WorkerState,
  { incarnation, tenant, after, models }: Attach,
  known: Sequence | EndedSequence | undefined,
): AttachRefused["reason"] | undefined {
  if (known === undefined || state.incarnation !== incarnation) return "gone";
  // Asked for by its own tenant only; the tenant's queue has seen to it already.
  if (known.tenant !== tenant) return "gone";
  if (known.isDiscarded || known.started.resumeTerms === undefined) return "gone";
  // Before anything of it is told, and before the session that has it loses it.
  if (!isReadableWith(models, known.started.resumeTerms)) return "other-model";
  // One more than the last index: the end of a whole output.
  const lastIndex = nextIndex(known.log) - ("end" in known ? 0 : 1);
  return after > lastIndex ? "beyond-output" : undefined;
}

function takeOver(
  state: WorkerState,
  known: Sequence | EndedSequence,
  from: Address,
  turn: Turn,
): void {
  const { session: earlier } = known;
  known.session = from;
  known.isTakenOver = true;
  tellDetached(known, earlier, turn);
  turn.effects.push(note("worker.attached", about(state, known)));
}

/** It is not the attempt's session any more. */
export function tellDetached(
  { requestId, attempt }: { readonly requestId: RequestId; readonly attempt: number },
  session: Address,
  { effects }: Turn,
): void {
  effects.push(toSession(session, { kind: "detached", requestId, attempt }));
}

/** Where its frames go nobody knows it: its edge began a new life, most likely. */
export function unclaimed(
  state: WorkerState,
  { requestId, attempt }: Unclaimed,
  from: Address,
  { nowMs }: Turn,
): void {
  const key = attemptKey(requestId, attempt);
  const sequence = state.live.get(key);
  if (sequence?.session === from) sequence.unclaimedAtMs ??= nowMs;
  const ended = state.ended.byAttempt.get(key);
  // What its session had all of, that one has billed, and is gone since.
  if (ended?.session === from && !ended.isDelivered) ended.isAbandoned = true;
}

/** At each beat. */
export function tendUnclaimed(state: WorkerState, sequence: Sequence, turn: Turn): void {
  const { unclaimedAtMs, stopCause } = sequence;
  if (unclaimedAtMs === undefined || stopCause !== undefined) return;
  if (turn.nowMs - unclaimedAtMs < unclaimedKeptMs) return;
  turn.effects.push(note("worker.unclaimed", about(state, sequence)));
  sequence.isAbandoned = true;
  stopSequence(state, sequence, "cancelled", turn);
}
