// What edges tell, added up so that nothing is counted twice: totals of one life of an edge replace each other, those of a life
// that is over stay.

import type { Effect } from "#shared/actor/actor.ts";
import type { ArmsCounted } from "#shared/messages/to-rollout.ts";
import { toRolloutKeeper } from "#shared/messages/to-rollout-keeper.ts";
import { newest, together } from "#shared/model/arm-counts.ts";
import type { Run } from "./rollout-state.ts";
import { nothing, progressOf } from "./rollout-state.ts";

/** More edges than that in one fleet are not planned for. */
const edgesMax = 256;
const keepProgressEveryMs = 1_000;

export function takeCounts(run: Run, message: ArmsCounted, nowMs: number): void {
  const { edge, life, counts } = message;
  const known = run.edges.get(edge);
  if (known === undefined && run.edges.size >= edgesMax) return;
  if (known !== undefined && known.life > life) return;
  run.heardAtMs.set(edge, nowMs);
  run.hasNews = true;
  if (known === undefined || known.life < life) {
    if (known !== undefined) run.past = together(run.past, known.counts);
    run.edges.set(edge, { edge, life, counts });
    return;
  }
  run.edges.set(edge, { edge, life, counts: newest(known.counts, counts) });
}

/** Where it is lost, a process that takes over knows a second less. */
export function keepProgress(run: Run, nowMs: number, isLast: boolean): readonly Effect[] {
  const { keeper, record, pending, hasNews, progressKeptAtMs } = run;
  if (pending !== undefined || !hasNews) return nothing;
  if (!isLast && nowMs - progressKeptAtMs < keepProgressEveryMs) return nothing;
  run.hasNews = false;
  run.progressKeptAtMs = nowMs;
  const { id, revision } = record;
  const progress = progressOf(run, nowMs);
  return [toRolloutKeeper(keeper, { kind: "keep-progress", id, revision, progress })];
}
