// Whether an attempt may start here: the fences first, then the rights, then the room. An attempt that runs here
// already goes on, whatever the epochs: it was accepted under good ones.

import { note } from "#shared/actor/actor.ts";
import type { Address } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import { toRouter } from "#shared/messages/to-router.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { StartRefused } from "#shared/messages/to-session.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import { attemptKey } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import { tellDetached } from "./attach.ts";
import { resend } from "./end-sequence.ts";
import { isHeldForOne } from "./engine-crash.ts";
import { passesPool, passesShard } from "./epoch-fence.ts";
import { createSequence } from "./sequence.ts";
import type { EndedSequence, Sequence } from "./sequence.ts";
import { resendUnacknowledged, stopSequence } from "./stop-sequence.ts";
import { handTo, tokensFrom } from "./token-log.ts";
import { refusedAttempt } from "./voided-attempts.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

type RefusalReason = StartRefused["reason"];

/** Another attempt would be refused as well. */
const isForGood: ReadonlySet<RefusalReason> = new Set([
  "adapter-forbidden",
  "not-replayable",
  "outside-residency",
]);

export function start(state: WorkerState, message: Start, from: Address, turn: Turn): void {
  const { requestId, attempt } = message;
  const refused = misplaced(state, message);
  if (refused === undefined && goOn(state, message, from, turn)) return;
  const reason =
    refused ?? fenced(state, message) ?? forbidden(state, message) ?? full(state, message);
  if (reason === undefined) return run(state, message, from, turn);
  const retryable = !isForGood.has(reason) && !neverFits(state, message);
  turn.effects.push(
    note("worker.refused", { ...about(state, message), reason }),
    toSession(from, { kind: "start-refused", requestId, attempt, reason, retryable }),
  );
}

function misplaced(state: WorkerState, message: Start): RefusalReason | undefined {
  if (state.incarnation === undefined) return "not-placed";
  return message.incarnation === state.incarnation ? undefined : "stale-incarnation";
}

/** The same attempt again: its session missed the answer, or moved. What is being stopped is not gone on with. */
function goOn(state: WorkerState, message: Start, from: Address, turn: Turn): boolean {
  const key = attemptKey(message.requestId, message.attempt);
  const sequence = state.live.get(key);
  const ended = state.ended.byAttempt.get(key);
  const known = sequence ?? ended;
  if (known === undefined || isPast(state, message, known)) return false;
  if (known.isTakenOver && known.session !== from) {
    tellDetached(known, from, turn);
    return true;
  }
  if (known.session !== from) handTo(known.log, message.forcedPrefix.length);
  known.session = from;
  tellStarted(state, message, from, turn);
  if (sequence !== undefined) resendUnacknowledged(sequence, turn);
  else if (ended !== undefined) resend(ended, tokensFrom(ended.log, 0), turn);
  return true;
}

/** Being stopped, told to its end, or given up for a later attempt. */
function isPast(
  state: WorkerState,
  { requestId, attempt }: Start,
  known: Sequence | EndedSequence,
): boolean {
  if (attempt < (state.liveAttempt.get(requestId) ?? 0)) return true;
  return "end" in known ? known.isDelivered : known.stopCause !== undefined;
}

function fenced(state: WorkerState, message: Start): RefusalReason | undefined {
  const { requestId, attempt, shard, shardEpoch, poolEpoch } = message;
  // Both epochs are raised, also when only one of them is good.
  const passesBoth = [
    passesShard(state.fence, shard, shardEpoch),
    passesPool(state.fence, poolEpoch),
  ];
  if (passesBoth.includes(false)) return "stale-epoch";
  if (attempt < (state.liveAttempt.get(requestId) ?? 0)) return "stale-attempt";
  // One that is still here is being stopped.
  if (state.live.has(attemptKey(requestId, attempt))) return "voided";
  return refusedAttempt(state.voided, requestId, attempt);
}

function forbidden(state: WorkerState, message: Start): RefusalReason | undefined {
  const { adapterDigest, tenant } = message;
  if (!mayRunHere(state, message)) return "outside-residency";
  if (state.isCordoned) return "draining";
  if (message.mustReplay === true && state.engineUp?.replaysExactly !== true) {
    return "not-replayable";
  }
  if (adapterDigest === "") return undefined;
  if (state.rights !== undefined && state.rights.get(adapterDigest)?.has(tenant) !== true) {
    return "adapter-forbidden";
  }
  return state.rights !== undefined && state.residents.has(adapterDigest)
    ? undefined
    : "adapter-missing";
}

/** Whatever its router believed of where this worker stands. */
const mayRunHere = ({ placement: { zone } }: WorkerState, { residency }: Start): boolean =>
  residency === undefined || residency.includes(zone);

function full(state: WorkerState, message: Start): RefusalReason | undefined {
  const { engineUp, live } = state;
  if (engineUp === undefined || neverFits(state, message)) return "no-capacity";
  const isHeld = message.aloneUntilIndex !== undefined || isHeldForOne(state);
  let running = 0;
  for (const { stopCause, requestId } of live.values()) {
    if (requestId === message.requestId) continue;
    // What is being stopped is in the engine's present step still: no company for a suspect, or it for another.
    if (isHeld) return "no-capacity";
    if (stopCause === undefined) running++;
  }
  return running >= engineUp.sequencesMax ? "no-capacity" : undefined;
}

function neverFits({ engineUp }: WorkerState, { promptTokens, outputTokensMax }: Start): boolean {
  if (engineUp === undefined) return false;
  return blocksFor(promptTokens + outputTokensMax, engineUp.blockTokens) > engineUp.totalBlocks;
}

function run(state: WorkerState, message: Start, from: Address, turn: Turn): void {
  const { requestId, attempt } = message;
  const { worker, lastIncarnation: incarnation, engineUp, engine } = state;
  const older = state.live.get(attemptKey(requestId, state.liveAttempt.get(requestId) ?? 0));
  if (older !== undefined) stopSequence(state, older, "superseded", turn);
  const sequence = createSequence(message, {
    session: from,
    blockTokens: engineUp?.blockTokens ?? 1,
    nowMs: turn.nowMs,
  });
  state.live.set(sequence.key, sequence);
  state.liveAttempt.set(requestId, attempt);
  state.hasNewCapacity = true;
  if (sequence.run !== undefined) turn.effects.push(toEngine(engine, sequence.run));
  tellStarted(state, message, from, turn);
  turn.effects.push(
    toRouter(state.router, { kind: "router-started", requestId, attempt, worker, incarnation }),
    note("worker.started", {
      ...about(state, message),
      zone: state.placement.zone,
      promptTokens: message.promptTokens,
      forcedTokens: message.forcedPrefix.length,
    }),
  );
}

function tellStarted(
  state: WorkerState,
  { requestId, attempt }: Start,
  to: Address,
  { effects }: Turn,
): void {
  const { worker, lastIncarnation: incarnation, engineUp, placement } = state;
  const workerType = engineUp?.workerType ?? "";
  const started = { kind: "started", requestId, attempt, worker, incarnation, workerType } as const;
  effects.push(toSession(to, { ...started, zone: placement.zone }));
}
