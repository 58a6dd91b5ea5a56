// What the decider of one rollout holds: the record as it was kept last, what edges have told, and what it waits for. Only the
// rollout's own files write it.

import type { Address, Effect, Note } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { RolloutCounts } from "#shared/model/arm-counts.ts";
import { noRolloutCounts, since, together } from "#shared/model/arm-counts.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import type {
  RolloutChange,
  RolloutPlan,
  RolloutRecord,
  RolloutStage,
} from "#shared/model/rollout.ts";
import type {
  EdgeCounts,
  ErrorEvidence,
  GoldenVerdict,
  RolloutProgress,
} from "#shared/model/rollout-progress.ts";
import type { BeginRollout, RolloutCommand } from "#shared/messages/to-rollout.ts";
import type { Comparison, Verdict } from "./judge-arms.ts";
import { noErrorEvidence } from "./evidence.ts";

export interface RolloutDecider {
  readonly self: Address;
  /** Undefined: it was not begun here, or it is over. */
  run: Run | undefined;
}

/** A golden prompt that an edge was asked to run. */
export interface AskedGolden {
  round: number;
  /** Said again from then on. */
  againAtMs: number;
  /** It ran: what came out is being judged. */
  output: string | undefined;
  fault: string;
}

export interface Run {
  readonly keeper: Address;
  record: RolloutRecord;
  readonly plan: RolloutPlan;
  readonly edges: Map<EdgeId, EdgeCounts>;
  /** When each last told something. */
  readonly heardAtMs: Map<EdgeId, number>;
  past: RolloutCounts;
  atStage: RolloutCounts;
  before: RolloutCounts;
  errorEvidence: ErrorEvidence;
  readonly golden: Map<number, GoldenVerdict>;
  readonly asked: Map<number, AskedGolden>;
  stageBeganAtMs: number;
  verdict: Verdict;
  /** Before the next stage, in words. */
  waitsFor: string;
  /** Said to the keeper, and not answered. */
  pending: RolloutChange | undefined;
  /** What an operator said meanwhile. */
  wish: RolloutCommand | undefined;
  hasNews: boolean;
  progressKeptAtMs: number;
  /** It is over: until then what was under way is still counted. */
  endsAtMs: number | undefined;
}

/** Nothing was counted before. */
const noProgress: RolloutProgress = {
  stageMs: 0,
  edges: [],
  past: noRolloutCounts,
  atStage: noRolloutCounts,
  before: noRolloutCounts,
  errorEvidence: noErrorEvidence,
  golden: [],
  waitsFor: "",
};

export function startRun(
  { record, plan, progress = noProgress }: BeginRollout,
  keeper: Address,
  nowMs: number,
): Run {
  const { edges, golden, stageMs, past, atStage, before, errorEvidence } = progress;
  return {
    keeper,
    record,
    plan,
    edges: new Map(edges.map((one) => [one.edge as EdgeId, one])),
    heardAtMs: new Map(),
    past,
    atStage,
    before,
    errorEvidence,
    golden: new Map(golden.map((verdict) => [verdict.index, verdict])),
    asked: new Map(),
    stageBeganAtMs: nowMs - stageMs,
    verdict: { kind: "fine" },
    waitsFor: "",
    pending: undefined,
    wish: undefined,
    hasNews: false,
    progressKeptAtMs: nowMs,
    endsAtMs: undefined,
  };
}

export const nothing: readonly Effect[] = [];

export function progressOf(run: Run, nowMs: number): RolloutProgress {
  return {
    stageMs: Math.max(0, nowMs - run.stageBeganAtMs),
    edges: [...run.edges.values()],
    past: run.past,
    atStage: run.atStage,
    before: run.before,
    errorEvidence: run.errorEvidence,
    golden: [...run.golden.values()],
    waitsFor: run.waitsFor,
  };
}

export const totalsOf = ({ edges, past }: Pick<RolloutProgress, "edges" | "past">): RolloutCounts =>
  edges.reduce((sum, { counts }) => together(sum, counts), past);

const finished: RolloutStage = {
  kind: "canary",
  share: 10_000,
  shadowShare: 0,
  dwellMs: 0,
  samplesMin: 0,
};

export const stageOf = ({ plan, record }: Pick<Run, "plan" | "record">): RolloutStage =>
  plan.stages[record.stage] ?? finished;

export function comparisonOf(run: Run): Comparison {
  const all = totalsOf({ edges: [...run.edges.values()], past: run.past });
  return {
    stage: stageOf(run),
    now: since(all, run.atStage),
    before: run.before,
    all,
    carried: run.errorEvidence,
    tolerances: run.plan.tolerances,
  };
}

export const say = (
  { record }: Pick<Run, "record">,
  event: string,
  fields: Note["fields"],
): Note => {
  const { id: rollout, model, name, tenant } = record;
  return note(event, {
    rollout,
    ...(name === "" ? { model } : { adapter: `${model}:${name}` }),
    ...(tenant === undefined ? {} : { tenant }),
    ...fields,
  });
};
