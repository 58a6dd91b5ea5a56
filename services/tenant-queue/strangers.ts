// Edges that speak to this owner though it was not placed with them: new ones, and such as were away for longer than
// their registration lasts. Law: nothing new of theirs is admitted before they have told what they admitted in the
// last minute, or a second is over; then they are silent edges like those of a takeover.

import { note } from "#shared/actor/actor.ts";
import { edgeOfSession, sessionDirectoryAddress } from "#shared/messages/addresses.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import type { KeptSubmit } from "./collection.ts";
import type { Stranger, TenantQueue, Turn } from "./tenant-queue.ts";
import { tenureOf } from "./tenant-queue.ts";

const strangersMax = 256;
/** Of each edge; a session beyond it asks again. */
const keptMax = 512;
const answerPatienceMs = 1000;

/** The caller sees to it that the question is repeated. True: it is new here, and was asked just now. */
export function meetEdge(queue: TenantQueue, edge: EdgeId, turn: Turn): boolean {
  const isMet = queue.strangers.has(edge) || queue.strangers.size >= strangersMax;
  if (isMet || !isStrange(queue, edge, turn.nowMs)) return false;
  queue.strangers.set(edge, { metAtMs: turn.nowMs, kept: new Map() });
  turn.effects.push(note("queue.met-edge", { tenant: tenureOf(queue).policy.tenant, edge }));
  askEdge(queue, edge, turn);
  return true;
}

/** A silent edge is no stranger while the windows count as full for its sake. */
const isStrange = (
  { edgesHeard, edgesSilent, window }: TenantQueue,
  edge: EdgeId,
  nowMs: number,
): boolean => !edgesHeard.has(edge) && !(edgesSilent.has(edge) && window.fullUntilMs > nowMs);

/** False: its edge is known, and it can be judged now. Else it is answered when the edge has told, or by silence. */
export function keepUntilTold(queue: TenantQueue, submit: Submit, turn: Turn): boolean {
  const edge = edgeOfSession(turn.from);
  if (!isStrange(queue, edge, turn.nowMs)) return false;
  const { requestId, attempt } = submit;
  const kept = queue.strangers.get(edge)?.kept;
  if (kept === undefined || (kept.size >= keptMax && !kept.has(requestId))) {
    turn.effects.push(note("queue.dropped", { what: "submit", why: "too-many-kept", requestId }));
  } else if ((kept.get(requestId)?.submit.attempt ?? 0) <= attempt) {
    kept.set(requestId, { session: turn.from, submit, arrivedAtMs: turn.nowMs });
  }
  return true;
}

/** It has told: what is left are its submits, the oldest first. */
export function welcomeStranger(queue: TenantQueue, edge: EdgeId): KeptSubmit[] {
  const stranger = queue.strangers.get(edge);
  queue.strangers.delete(edge);
  return stranger === undefined ? [] : [...stranger.kept.values()];
}

/** Those that have been asked for long enough. */
export const silentStrangers = ({ strangers }: TenantQueue, nowMs: number): [EdgeId, Stranger][] =>
  [...strangers].filter(([, { metAtMs }]) => nowMs - metAtMs >= answerPatienceMs);

export function askEdge(queue: TenantQueue, edge: EdgeId, turn: Turn): void {
  const { shard, shardEpoch, policy } = tenureOf(queue);
  const { tenant } = policy;
  turn.effects.push(
    toSessionDirectory(sessionDirectoryAddress(edge), {
      kind: "collect-sessions",
      tenant,
      shard,
      shardEpoch,
    }),
  );
}
