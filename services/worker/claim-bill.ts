// Bills that this worker may be the only one left to write. What was surely received it tells the ledger at once, in an open
// account, which stands should it die; then it asks the tenant's queue, which knows whether anybody goes on with the request, and
// writes the final one if nobody does. On the normal path the edge's session bills and nothing here happens.

import { note } from "#shared/actor/actor.ts";
import type { Effect } from "#shared/actor/actor.ts";
import { edgeOfSession, tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { BillAnswered, EdgesRegistered } from "#shared/messages/owed-bill.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import { attemptKey } from "#shared/model/ids.ts";
import type { OwedBill } from "./owed-bills.ts";
import type { EndedSequence, Sequence } from "./sequence.ts";
import { witnessed } from "./witness.ts";
import { about } from "./worker-state.ts";
import type { Turn, WorkerState } from "./worker-state.ts";

/** As many as there are outputs kept, and again as many. */
const owedMax = 4096;
/** Each owner of the queue waits anew, for twenty seconds, before it says that a session is gone; and a restart of the control processes makes two or three of them. */
const askedForMs = 60_000;

/**
 * Nobody has confirmed that it has this output, or who did may be gone with what it knew. Or there were several: each may have left the bill to another,
 * who has not heard of that or cannot write it.
 */
function isOwed(state: WorkerState, ended: EndedSequence): boolean {
  if (ended.isBillClaimed) return false;
  const { isDelivered, isAbandoned, isTakenOver } = ended;
  return !isDelivered || isAbandoned || isTakenOver || !hasItsEdge(state, ended);
}

/**
 * Its edge is registered, and has been since it ended: an edge hands its bills over within a second. One that has lost its name goes on with its streams,
 * and nobody hears when it dies.
 */
function hasItsEdge({ edges }: WorkerState, { session, edgeEpoch }: EndedSequence): boolean {
  if (edges === undefined) return true;
  return edgeEpoch !== undefined && edges.get(edgeOfSession(session)) === edgeEpoch;
}

/** Its output is about to be forgotten: from then on nobody else can know what to bill. */
export function claimIfOwed(state: WorkerState, ended: EndedSequence, turn: Turn): void {
  if (!isOwed(state, ended)) return;
  ended.isBillClaimed = true;
  claimBill(state, ended, turn);
}

/** That are, or may be, this worker's to write. Zero lets a drain go on. */
export function unsettledBills(state: WorkerState): number {
  const { ended, bills } = state;
  const owed = [...ended.byAttempt.keys()].filter((key) => {
    const sequence = ended.byAttempt.get(key);
    return sequence !== undefined && isOwed(state, sequence);
  });
  const asked = [...bills.waiting.values()].filter(({ isAnswered }) => !isAnswered);
  return owed.length + asked.length;
}

export function claimBill(
  state: WorkerState,
  sequence: Sequence | EndedSequence,
  turn: Turn,
): void {
  const known = witnessed(state, sequence);
  if (known === undefined) return;
  const { waiting, meter } = state.bills;
  const { attempt } = sequence;
  const { record, receivedTokens } = known;
  const bill: OwedBill = { attempt, record, sinceMs: turn.nowMs, isAnswered: false };
  waiting.set(attemptKey(record.requestId, attempt), bill);
  const open = { ...record, outputTokens: receivedTokens, outcome: "" };
  turn.effects.push(
    toMeter(meter, { kind: "usage", record: open, isFinal: false, endsWithinMs: 0 }),
    askFor(bill),
  );
  if (waiting.size <= owedMax) return;
  const [oldest] = waiting.keys();
  if (oldest !== undefined) giveUp(state, oldest, "too-many-bills", turn);
}

/** At each beat. */
export function askForBills(state: WorkerState, turn: Turn): void {
  for (const [key, bill] of state.bills.waiting) {
    if (turn.nowMs - bill.sinceMs < askedForMs) turn.effects.push(askFor(bill));
    else if (bill.isAnswered) state.bills.waiting.delete(key);
    else giveUp(state, key, "bill-unanswered", turn);
  }
}

const askFor = ({ attempt, record }: OwedBill): Effect =>
  toTenantQueue(tenantQueueAddress(record.tenant), {
    kind: "claim-bill",
    requestId: record.requestId,
    attempt,
    outputTokens: record.outputTokens,
  });

/** The account stays open, and is settled by the ledger's side at last: at the most that anybody told. */
function giveUp(state: WorkerState, key: string, why: string, turn: Turn): void {
  const bill = state.bills.waiting.get(key);
  if (bill === undefined) return;
  state.bills.waiting.delete(key);
  const { requestId, tenant } = bill.record;
  const told = about(state, { requestId, attempt: bill.attempt, tenant });
  turn.effects.push(note("worker.dropped", { ...told, why }));
}

export function billAnswered(state: WorkerState, message: BillAnswered, turn: Turn): void {
  const { requestId, attempt, isGiven } = message;
  const { waiting, meter } = state.bills;
  const key = attemptKey(requestId, attempt);
  const bill = waiting.get(key);
  if (bill === undefined) return;
  bill.isAnswered = true;
  if (!isGiven) return;
  waiting.delete(key);
  const { record } = bill;
  const { tenant, outcome, outputTokens } = record;
  turn.effects.push(
    toMeter(meter, { kind: "usage", record, isFinal: true }),
    note("worker.billed", {
      ...about(state, { requestId, attempt, tenant }),
      outcome,
      outputTokens,
    }),
  );
}

export function edgesRegistered(state: WorkerState, { edges }: EdgesRegistered): void {
  state.edges = new Map(edges.map(({ edge, epoch }) => [edge, epoch]));
}

/** A worker that goes away does not wait until its outputs are forgotten. */
export function claimAllOwed(state: WorkerState, turn: Turn): void {
  const { byAttempt } = state.ended;
  for (const key of byAttempt.keys()) {
    const sequence = byAttempt.get(key);
    if (sequence !== undefined) claimIfOwed(state, sequence, turn);
  }
}
