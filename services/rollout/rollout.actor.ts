// One rollout's decider: hears what edges have counted, and says when the next stage begins, when the name goes back to what it
// meant, and when it means the new version for good. It changes nothing by itself: a change is one when the keeper says so.

import type { Actor, Address, Arrival, Effect } from "#shared/actor/actor.ts";
import { arm, disarm } from "#shared/actor/actor.ts";
import type { BeginRollout, ToRollout } from "#shared/messages/to-rollout.ts";
import { isSettled } from "#shared/model/rollout.ts";
import { command, decide, keepAgain, kept } from "./change-stage.ts";
import { goldenJudged, goldenOutput } from "./golden-run.ts";
import { nothing, say, startRun } from "./rollout-state.ts";
import type { RolloutDecider, Run } from "./rollout-state.ts";
import { keepProgress, takeCounts } from "./take-counts.ts";

const tickMs = 250;

export const rollout: Actor<RolloutDecider, ToRollout> = {
  name: "rollout",
  init: (self) => ({ self, run: undefined }),
  receive(state, arrival) {
    const { message, from, nowMs } = arrival;
    if (message.kind === "begin-rollout") return begin(state, message, { from, nowMs });
    const { run } = state;
    return run === undefined ? nothing : [...whileRunning(state, run, arrival)];
  },
  isFinished: ({ run }) => run === undefined,
};

function begin(
  state: RolloutDecider,
  message: BeginRollout,
  { from, nowMs }: { readonly from: Address; readonly nowMs: number },
): readonly Effect[] {
  if (state.run !== undefined || isSettled(message.record.state)) return nothing;
  const run = startRun(message, from, nowMs);
  state.run = run;
  const { stage, share } = run.record;
  return [say(run, "rollout.deciding", { stage, share }), tickAt(nowMs)];
}

const tickAt = (nowMs: number): Effect =>
  arm("tick", nowMs + tickMs, { kind: "timer-fired", name: "tick" } satisfies ToRollout);

function whileRunning(
  state: RolloutDecider,
  run: Run,
  { message, nowMs }: Arrival<ToRollout>,
): readonly Effect[] {
  switch (message.kind) {
    case "arms-counted":
      takeCounts(run, message, nowMs);
      return decide(run, nowMs);
    case "rollout-command":
      return command(run, message, nowMs);
    case "rollout-kept":
      return keptOrLost(state, run, { message, nowMs });
    case "golden-output":
      return goldenOutput(run, message, nowMs);
    case "golden-judged":
      goldenJudged(run, message);
      return decide(run, nowMs);
    case "timer-fired":
      return tick(state, run, nowMs);
    case "begin-rollout":
      return nothing;
    default:
      return message satisfies never;
  }
}

function keptOrLost(
  state: RolloutDecider,
  run: Run,
  {
    message,
    nowMs,
  }: {
    readonly message: Extract<ToRollout, { kind: "rollout-kept" }>;
    readonly nowMs: number;
  },
): readonly Effect[] {
  if (message.isKept) return kept(run, message, nowMs);
  if (run.pending?.revision !== message.revision) return nothing;
  // Somebody else decides: what stands now is theirs.
  state.run = undefined;
  return [say(run, "rollout.left", { revision: message.revision }), disarm("tick")];
}

function tick(state: RolloutDecider, run: Run, nowMs: number): readonly Effect[] {
  if (run.endsAtMs !== undefined && nowMs >= run.endsAtMs) {
    state.run = undefined;
    return keepProgress(run, nowMs, true);
  }
  return [
    tickAt(nowMs),
    ...keepAgain(run, nowMs),
    ...decide(run, nowMs),
    ...keepProgress(run, nowMs, false),
  ];
}
