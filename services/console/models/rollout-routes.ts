// Rollouts at the admin API: begun, listed, shown with the figures of both versions, and told what to do. An operator's word is
// answered once it is seen to have been heeded, for two seconds at most.

import { setTimeout as sleep } from "node:timers/promises";
import type { ArmCounts, RolloutCounts } from "#shared/model/arm-counts.ts";
import {
  countOf,
  endedOf,
  noRolloutCounts,
  quantileMs,
  together,
} from "#shared/model/arm-counts.ts";
import type { RolloutRecord, RolloutVerb } from "#shared/model/rollout.ts";
import type { RolloutProgress } from "#shared/model/rollout-progress.ts";
import type { KeptRollout, RolloutBegun } from "#shared/model/rollout-shelf.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, errorReply, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import type { LeftBehind } from "#services/console/left-behind.ts";
import { leftBehind } from "#services/console/left-behind.ts";

/** Whoever decides rollouts, as the console uses it. */
export interface RolloutControl {
  /** `body` as it came; `actor` is who asked, for the audit. */
  start(body: unknown, actor: string): Promise<RolloutBegun>;
  list(limit: number): Promise<readonly RolloutRecord[]>;
  find(id: string): Promise<KeptRollout | undefined>;
  tell(id: string, verb: RolloutVerb, actor: string): Promise<"taken" | "unknown" | "settled">;
}

const verbs: readonly RolloutVerb[] = ["promote", "pause", "resume", "abort"];

export const rolloutRoutes: readonly AdminRoute[] = [
  { method: "GET", path: /^\/admin\/v1\/rollouts$/, parameters: ["limit"], answer: list },
  { method: "POST", path: /^\/admin\/v1\/rollouts$/, answer: start },
  { method: "GET", path: /^\/admin\/v1\/rollouts\/([^/]+)$/, answer: show },
  ...verbs.map((verb): AdminRoute => ({
    method: "POST",
    path: new RegExp(`^/admin/v1/rollouts/([^/]+)/${verb}$`),
    answer: (call) => tell(call, verb),
  })),
];

const asker = "admin-api";

async function list({ ports, query }: AdminCall): Promise<AdminReply> {
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  return jsonReply({ rollouts: await ports.rollouts.list(limit) });
}

async function start({ ports, body }: AdminCall): Promise<AdminReply> {
  let wish: unknown;
  try {
    wish = JSON.parse(body);
  } catch {
    return errorReply("bad_rollout", "The body is not JSON.");
  }
  const begun = await ports.rollouts.start(wish, asker);
  if (begun.kind === "refused") return errorReply(begun.code, begun.why);
  return jsonReply(begun.record, 201);
}

async function found({ ports, id }: AdminCall): Promise<KeptRollout> {
  const kept = await ports.rollouts.find(id);
  if (kept === undefined) throw new AdminError("not_found", `There is no rollout ${id}.`);
  return kept;
}

async function show(call: AdminCall): Promise<AdminReply> {
  const { record, plan, progress } = await found(call);
  const { golden, ...terms } = plan;
  const left = await leftOf(call, record);
  return jsonReply({
    ...record,
    plan: { ...terms, goldenPrompts: golden.length },
    ...figuresOf(progress),
    ...(left === undefined ? {} : { left }),
  });
}

/** Of a rollout of a model's name. */
async function leftOf(
  { ports }: AdminCall,
  { fromModel }: RolloutRecord,
): Promise<LeftBehind | undefined> {
  if (fromModel === undefined) return undefined;
  const [fleet, { told }] = await Promise.all([ports.fleet.current(), ports.view.pools()]);
  const requests = told.map(({ pool, waiting, running }) => [pool, waiting + running] as const);
  return fleet === undefined ? undefined : leftBehind(fleet, fromModel, new Map(requests));
}

const patienceMs = 2_000;
const lookEveryMs = 50;

async function tell(call: AdminCall, verb: RolloutVerb): Promise<AdminReply> {
  const { ports, id } = call;
  const { record: before } = await found(call);
  const outcome = await ports.rollouts.tell(id, verb, asker);
  if (outcome !== "taken") {
    const message = `Rollout ${id} is ${before.state} already: ${before.reason}.`;
    return errorReply("rollout_over", message);
  }
  const untilMs = performance.now() + patienceMs;
  while (performance.now() < untilMs) {
    await sleep(lookEveryMs);
    const { record } = await found(call);
    if (record.revision > before.revision || isAlready(record, verb)) return jsonReply(record);
  }
  throw new AdminError("no_answer", `The decider of rollout ${id} does not answer: ask again.`);
}

const isAlready = ({ state }: RolloutRecord, verb: RolloutVerb): boolean =>
  (verb === "pause" && state === "paused") || (verb === "resume" && state === "live");

/** Of one arm, as people read it. */
export interface ArmFigures {
  readonly requests: number;
  readonly ended: number;
  readonly errors: number;
  readonly crashes: number;
  /** Of all that ended with an output, whatever their prompts found cached; absent: none did. */
  readonly ttftMs?: Quantiles;
  readonly tpotMs?: Quantiles;
}

export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
}

export interface RolloutFigures {
  readonly arms: { readonly v1: ArmFigures; readonly v2: ArmFigures; readonly shadow: ArmFigures };
  /** Clients' requests that the new version was given, and of all of them how many in a hundred. */
  readonly exposure: { readonly requests: number; readonly percent: number };
  readonly golden: { readonly judged: number; readonly wrong: readonly string[] };
  /** Before the next stage, in words; empty: nothing. */
  readonly waitsFor: string;
}

function figuresOf(progress: RolloutProgress | undefined): RolloutFigures {
  const counts: RolloutCounts = (progress?.edges ?? []).reduce(
    (sum, edge) => together(sum, edge.counts),
    progress?.past ?? noRolloutCounts,
  );
  const { v1, v2, shadow } = counts;
  const golden = progress?.golden ?? [];
  const all = v1.requests + v2.requests;
  return {
    arms: { v1: armOf(v1), v2: armOf(v2), shadow: armOf(shadow) },
    exposure: {
      requests: v2.requests,
      percent: all === 0 ? 0 : Math.round((v2.requests / all) * 10_000) / 100,
    },
    golden: {
      judged: golden.length,
      wrong: golden.flatMap(({ index, isRight, why }) =>
        isRight ? [] : [`prompt ${index + 1}: ${why}`],
      ),
    },
    waitsFor: progress?.waitsFor ?? "",
  };
}

function armOf(counts: ArmCounts): ArmFigures {
  const { requests, errors, crashes, ttftComputed, ttftCached, tpot } = counts;
  const length = Math.max(ttftComputed.length, ttftCached.length);
  const ttft = Array.from({ length }, (_, at) => (ttftComputed[at] ?? 0) + (ttftCached[at] ?? 0));
  return {
    requests,
    ended: endedOf(counts),
    errors,
    crashes,
    ...quantiles("ttftMs", ttft),
    ...quantiles("tpotMs", tpot),
  };
}

function quantiles<Name extends string>(
  name: Name,
  sketch: readonly number[],
): { readonly [Field in Name]?: Quantiles } {
  if (countOf(sketch) === 0) return {};
  const at = (level: number): number => Math.round((quantileMs(sketch, level) ?? 0) * 100) / 100;
  return { [name]: { p50: at(0.5), p90: at(0.9) } } as { [Field in Name]?: Quantiles };
}
