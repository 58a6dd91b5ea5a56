// One engine step into frames: a message per sequence that has tokens, and little else on this path. What the engine
// says twice is dropped, and what it must have said but was never heard gives the sequence up: its next attempt
// computes the lost tokens again.

import { note } from "#shared/actor/actor.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import { toKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type { Step, StepOutput } from "#shared/messages/from-engine.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { acquitIfPast } from "./engine-crash.ts";
import { notePace } from "./engine-fault.ts";
import { finishSequence } from "./end-sequence.ts";
import { prefillRoom } from "./prefill-backlog.ts";
import type { Sequence } from "./sequence.ts";
import { stopSequence } from "./stop-sequence.ts";
import { nextIndex, pushTokens, unackedMax, unackedTokens } from "./token-log.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** Booked ahead of need, so that one question serves many steps. */
const extendBlocks = 8;
const spareBlocks = 2;
const nobody: readonly TenantId[] = [];

export function step(state: WorkerState, message: Step, turn: Turn): void {
  state.usedBlocks = message.usedBlocks;
  state.freeBlocks = message.freeBlocks;
  notePace(state, message, turn);
  for (const output of message.outputs) {
    const sequence = state.live.get(output.sequence);
    if (sequence === undefined) stopStray(state, output, turn);
    else take(state, sequence, output, turn);
  }
  hearBeyondShare(state, message.beyondShare ?? nobody);
  if (hasRoomAgain(state)) state.hasNewCapacity = true;
}

/** Who yields now; if that has changed, the router's view of the room is wrong. */
function hearBeyondShare(state: WorkerState, tenants: readonly TenantId[]): void {
  const { beyondShare } = state;
  if (tenants.length === beyondShare.size && tenants.every((tenant) => beyondShare.has(tenant))) {
    return;
  }
  state.beyondShare = new Set(tenants);
  state.hasNewCapacity = true;
}

function hasRoomAgain(state: WorkerState): boolean {
  const { toldRoom } = state;
  if (toldRoom === undefined || (toldRoom.forAll > 0 && toldRoom.insideShare > 0)) return false;
  const room = prefillRoom(state);
  if (room === undefined) return false;
  return (
    (toldRoom.forAll === 0 && room.forAll > 0) ||
    (toldRoom.insideShare === 0 && room.insideShare > 0)
  );
}

/** A sequence of an earlier life, or one whose stop was lost. */
function stopStray({ worker, engine }: WorkerState, output: StepOutput, { effects }: Turn): void {
  const { sequence, end } = output;
  effects.push(note("worker.dropped", { worker, sequence, why: "step-of-unknown-sequence" }));
  if (end === undefined) effects.push(toEngine(engine, { kind: "stop", sequence }));
}

function take(state: WorkerState, sequence: Sequence, output: StepOutput, turn: Turn): void {
  sequence.heldBlocks = output.blocks;
  sequence.heardAtMs = turn.nowMs;
  sequence.run = undefined;
  const tokens = unheard(sequence, output);
  if (tokens === undefined) return giveUpGap(state, sequence, output, turn);
  if (output.totals.outputTokens >= sequence.totals.outputTokens) sequence.totals = output.totals;
  pushTokens(sequence.log, tokens);
  if (sequence.aloneUntilIndex !== undefined) {
    acquitIfPast(state, sequence, output.end !== undefined, turn);
  }
  if (output.end !== undefined) {
    return finishSequence(state, sequence, { reason: output.end, tokens }, turn);
  }
  if (tokens.length > 0) sendFrame(state, sequence, tokens, turn);
  extendBooking(state, sequence, turn);
}

/** The tokens that are new. Undefined: some before them are missing. */
function unheard(sequence: Sequence, output: StepOutput): readonly Token[] | undefined {
  const { tokens, totals } = output;
  const expected = nextIndex(sequence.log);
  const firstIndex = sequence.forcedTokens + totals.outputTokens - tokens.length;
  if (firstIndex === expected) return tokens;
  return firstIndex > expected ? undefined : tokens.slice(expected - firstIndex);
}

function sendFrame(
  state: WorkerState,
  sequence: Sequence,
  tokens: readonly Token[],
  turn: Turn,
): void {
  const { requestId, attempt, session, log } = sequence;
  const firstIndex = nextIndex(log) - tokens.length;
  const frame = { kind: "tokens", requestId, attempt, firstIndex, tokens } as const;
  turn.effects.push(toSession(session, frame));
  sequence.isSilent = false;
  // One more step like this may come before it pauses.
  if (unackedTokens(log) + tokens.length < unackedMax) return;
  sequence.isPaused = true;
  sequence.unclaimedAtMs ??= turn.nowMs;
  turn.effects.push(toEngine(state.engine, { kind: "pause", sequence: sequence.key }));
}

function giveUpGap(state: WorkerState, sequence: Sequence, output: StepOutput, turn: Turn): void {
  const { worker } = state;
  const { key } = sequence;
  turn.effects.push(note("worker.dropped", { worker, sequence: key, why: "step-lost" }));
  sequence.totals = output.totals;
  stopSequence(state, sequence, "engine-lost", turn);
}

function extendBooking(state: WorkerState, sequence: Sequence, { effects }: Turn): void {
  const { heldBlocks, bookedBlocks, requestId, attempt, knowsBooking } = sequence;
  if (sequence.isExtending || heldBlocks + spareBlocks <= bookedBlocks) return;
  const most = Math.max(heldBlocks, blocksAtMost(state, sequence));
  if (bookedBlocks >= most) return;
  const { worker, lastIncarnation: incarnation, accountant } = state;
  sequence.isExtending = true;
  const blocks = Math.min(most, heldBlocks + (knowsBooking ? extendBlocks : spareBlocks));
  effects.push(
    toKvAccountant(accountant, {
      kind: "extend",
      requestId,
      attempt,
      worker,
      incarnation,
      blocks,
    }),
  );
}

/** With all the output that it may have: no more is ever booked. */
const blocksAtMost = (
  { engineUp }: WorkerState,
  { promptTokens, outputTokensMax }: Sequence,
): number =>
  engineUp === undefined
    ? Infinity
    : blocksFor(promptTokens + outputTokensMax, engineUp.blockTokens);
