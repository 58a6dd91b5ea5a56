// Golden prompts: each is run by an edge against the new version and its output judged, a few at a time, again where no word
// comes. That nobody can run or judge one counts as a wrong answer: what was not seen is not passed.

import type { Effect } from "#shared/actor/actor.ts";
import { armDeskAddress } from "#shared/messages/addresses.ts";
import { toArmDesk } from "#shared/messages/to-arm-desk.ts";
import type { GoldenJudged, GoldenOutput } from "#shared/messages/to-rollout.ts";
import { toRolloutKeeper } from "#shared/messages/to-rollout-keeper.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { versionOf } from "#shared/model/rollout.ts";
import type { AskedGolden, Run } from "./rollout-state.ts";
import { nothing, stageOf } from "./rollout-state.ts";

const atOnceMax = 4;
/** An edge that is not heard for so long is not asked. */
const edgeSilentMs = 3_000;
const answerPatienceMs = 60_000;
const judgePatienceMs = 30_000;
/** A new account needs a moment before it may run anything. */
const againMs = 1_000;
const roundsMax = 8;

export type GoldenStanding =
  | { readonly kind: "open" }
  | { readonly kind: "passed" | "failed"; readonly reason: string };

export function goldenStanding({ plan, golden }: Run): GoldenStanding {
  const of = plan.golden.length;
  const verdicts = [...golden.values()];
  const wrong = verdicts.filter(({ isRight }) => !isRight);
  const wrongMax = Math.floor(of * (1 - plan.passAtLeast) + 1e-9);
  const [first] = wrong;
  if (wrong.length > wrongMax && first !== undefined) {
    const reason = `golden prompts: ${wrong.length} of ${of} wrong, ${wrongMax} allowed; prompt ${first.index + 1}: ${first.why}`;
    return { kind: "failed", reason };
  }
  if (verdicts.length < of) return { kind: "open" };
  return { kind: "passed", reason: `golden prompts: ${of - wrong.length} of ${of} right` };
}

/** Asks for what is due. */
export function runGolden(run: Run, nowMs: number): readonly Effect[] {
  const effects: Effect[] = [];
  let open = 0;
  for (let index = 0; index < run.plan.golden.length && open < atOnceMax; index++) {
    if (run.golden.has(index)) continue;
    open++;
    const asked = run.asked.get(index);
    if (asked === undefined || nowMs >= asked.againAtMs) {
      effects.push(...askAgain(run, index, nowMs));
    }
  }
  return effects;
}

function askAgain(run: Run, index: number, nowMs: number): readonly Effect[] {
  const { plan, record, golden } = run;
  const prompt = plan.golden[index];
  const edge = edgeFor(run, index, nowMs);
  if (prompt === undefined || edge === undefined) return nothing;
  const asked = run.asked.get(index) ?? { round: 0, againAtMs: 0, output: undefined, fault: "" };
  if (asked.output !== undefined) return judge(run, index, { asked, nowMs });
  asked.round++;
  asked.againAtMs = nowMs + answerPatienceMs;
  run.asked.set(index, asked);
  if (asked.round > roundsMax) {
    golden.set(index, { index, isRight: false, why: asked.fault || "no edge answered" });
    return nothing;
  }
  const { model, digest } = versionOf(record, "v2");
  const { round } = asked;
  return [
    toArmDesk(armDeskAddress(edge), { kind: "run-golden", model, digest, index, round, prompt }),
  ];
}

/** In turns over those that are there. */
function edgeFor({ heardAtMs, asked }: Run, index: number, nowMs: number): EdgeId | undefined {
  const there = [...heardAtMs]
    .flatMap(([edge, atMs]) => (nowMs - atMs <= edgeSilentMs ? [edge] : []))
    .toSorted();
  return there[(index + (asked.get(index)?.round ?? 0)) % Math.max(1, there.length)];
}

function judge(
  { keeper, plan }: Run,
  index: number,
  { asked, nowMs }: { readonly asked: AskedGolden; readonly nowMs: number },
): readonly Effect[] {
  const prompt = plan.golden[index];
  const { output } = asked;
  if (prompt === undefined || output === undefined) return nothing;
  asked.againAtMs = nowMs + judgePatienceMs;
  const { evaluator } = plan;
  return [
    toRolloutKeeper(keeper, {
      kind: "judge-golden",
      index,
      prompt,
      output,
      ...(evaluator === undefined ? {} : { evaluator }),
    }),
  ];
}

export function goldenOutput(run: Run, message: GoldenOutput, nowMs: number): readonly Effect[] {
  const { index, round, output, fault } = message;
  const asked = run.asked.get(index);
  if (stageOf(run).kind !== "golden" || run.golden.has(index)) return nothing;
  if (asked === undefined || asked.round !== round || asked.output !== undefined) return nothing;
  if (fault !== undefined) {
    asked.fault = fault;
    asked.againAtMs = nowMs + againMs;
    return nothing;
  }
  asked.output = output;
  return judge(run, index, { asked, nowMs });
}

export function goldenJudged(run: Run, { index, isRight, why }: GoldenJudged): void {
  if (run.golden.has(index) || run.asked.get(index)?.output === undefined) return;
  run.golden.set(index, { index, isRight, why });
  run.asked.delete(index);
  run.hasNews = true;
}
