// How a sequence leaves: finished or cancelled, with its output kept for a while (`ended-sequences.ts`), or given up, so that its
// session asks for the next attempt. Either way its end is told until noted, and the attempt can never start again.

import { note } from "#shared/actor/actor.ts";
import { edgeOfSession } from "#shared/messages/addresses.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Returned } from "#shared/messages/returned.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { FinishReason } from "#shared/model/sampling.ts";
import type { SeenCrash } from "#shared/model/suspicion.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { addEnd } from "./end-outbox.ts";
import { keepEnded } from "./ended-sequences.ts";
import { claimBill, claimIfOwed } from "./claim-bill.ts";
import type { EndedSequence, Sequence } from "./sequence.ts";
import { nextIndex } from "./token-log.ts";
import { rememberAttempt } from "./voided-attempts.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** Its last tokens go out with the end; `tokens` are in the log already. */
export function finishSequence(
  state: WorkerState,
  sequence: Sequence,
  last: { readonly reason: FinishReason; readonly tokens: readonly Token[] },
  turn: Turn,
): void {
  const { requestId, attempt, session, log, totals } = sequence;
  const end = { reason: last.reason, totals };
  const firstIndex = nextIndex(log) - last.tokens.length;
  const frame = { requestId, attempt, firstIndex, tokens: last.tokens, end };
  turn.effects.push(toSession(session, { kind: "tokens", ...frame }));
  closeSequence(state, sequence, { outcome: last.reason, isFinal: true }, turn);
  const edgeEpoch = state.edges?.get(edgeOfSession(session));
  for (const dropped of keepEnded(state.ended, sequence, { end, edgeEpoch, nowMs: turn.nowMs })) {
    if (!dropped.isDelivered) {
      turn.effects.push(
        note("worker.dropped", { ...about(state, dropped), why: "too-many-ended" }),
      );
    }
    claimIfOwed(state, dropped, turn);
  }
  // It was kept its half minute, and no more comes.
  const ended = state.ended.byAttempt.get(sequence.key);
  if (sequence.isAbandoned && ended !== undefined) claimIfOwed(state, ended, turn);
}

/** Its session asks for the next attempt. Without a reason the session knows of one already, or hears it elsewhere. */
export function giveUpSequence(
  state: WorkerState,
  sequence: Sequence,
  reason: Returned["reason"] | undefined,
  turn: Turn,
): void {
  const { requestId, attempt, session, totals } = sequence;
  if (reason !== undefined) {
    const returned = { kind: "returned", requestId, attempt, reason, totals } as const;
    turn.effects.push(toSession(session, returned));
  }
  closeSequence(state, sequence, { outcome: reason ?? "superseded", isFinal: false }, turn);
  // Perhaps there is no session that would ask for the next attempt.
  if (reason !== undefined && sequence.unclaimedAtMs !== undefined) {
    claimBill(state, sequence, turn);
  }
}

interface Leaving {
  readonly outcome: string;
  readonly isFinal: boolean;
  /** Its engine died. */
  readonly crash?: SeenCrash;
}

export function closeSequence(
  state: WorkerState,
  sequence: Sequence,
  { outcome, isFinal, crash }: Leaving,
  turn: Turn,
): void {
  const { requestId, attempt, tenant, totals } = sequence;
  const { worker, lastIncarnation: incarnation } = state;
  state.live.delete(sequence.key);
  if (state.liveAttempt.get(requestId) === attempt) state.liveAttempt.delete(requestId);
  rememberAttempt(state.voided, sequence, turn.nowMs);
  state.hasNewCapacity = true;
  turn.effects.push(
    note("worker.ended", {
      ...about(state, sequence),
      outcome,
      outputTokens: totals.outputTokens,
      preemptions: totals.preemptions,
    }),
  );
  const died = crash === undefined ? {} : { crash };
  const end = { tenant, requestId, attempt, worker, incarnation, isFinal, totals, ...died };
  const dropped = addEnd(state.outbox, end, turn.effects);
  if (dropped !== undefined) {
    turn.effects.push(note("worker.dropped", { ...about(state, dropped), why: "outbox-full" }));
  }
  if (sequence.isVoided) tellVoided(state, sequence, turn);
}

/** The attempt holds nothing here and never will. */
export function tellVoided(
  state: WorkerState,
  { requestId, attempt }: { readonly requestId: RequestId; readonly attempt: number },
  { effects }: Turn,
): void {
  const { worker, router, lastIncarnation: incarnation } = state;
  effects.push(
    toRouter(router, { kind: "router-voided", requestId, attempt, worker, incarnation }),
  );
}

/** So many tokens go in one frame when they are sent again. */
const resentTokensMax = 1024;

/** These tokens, and the end if it came. */
export function resend(
  sequence: Sequence | EndedSequence,
  { firstIndex, tokens }: { readonly firstIndex: number; readonly tokens: readonly Token[] },
  { effects }: Turn,
): void {
  const { requestId, attempt, session } = sequence;
  const end = "end" in sequence ? sequence.end : undefined;
  if (tokens.length === 0 && end === undefined) return;
  let at = 0;
  for (; tokens.length - at > resentTokensMax; at += resentTokensMax) {
    const part = tokens.slice(at, at + resentTokensMax);
    const frame = { requestId, attempt, firstIndex: firstIndex + at, tokens: part };
    effects.push(toSession(session, { kind: "tokens", ...frame }));
  }
  const last = { requestId, attempt, firstIndex: firstIndex + at, tokens: tokens.slice(at) };
  effects.push(
    toSession(session, { kind: "tokens", ...last, ...(end === undefined ? {} : { end }) }),
  );
}
