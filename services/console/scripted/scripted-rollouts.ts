// Rollouts that are not there, for the tests of the console: one is under way, and does what it is told at once.

import { noCounts } from "#shared/model/arm-counts.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { RolloutRecord } from "#shared/model/rollout.ts";
import type { KeptRollout } from "#shared/model/rollout-shelf.ts";
import type { RolloutControl } from "#services/console/models/rollout-routes.ts";

const sketch = [...Array.from({ length: 70 }, () => 0), 9, 1];

export function scriptedRollouts(commands: string[]): RolloutControl {
  let record: RolloutRecord = {
    id: "r1",
    model: "llama-3.1-8b",
    name: "tone",
    from: "a".repeat(64) as AdapterDigest,
    to: "b".repeat(64) as AdapterDigest,
    share: 1000,
    shadowShare: 0,
    state: "live",
    stage: 1,
    revision: 3,
    reason: "50 requests with v2 in this stage, and no harm found",
    startedAtEpochMs: 1_700_000_000_000,
  };
  const counts = {
    v1: { ...noCounts, requests: 190, completed: 188, errors: 1, tpot: sketch },
    v2: { ...noCounts, requests: 10, completed: 8, errors: 2, ttftComputed: sketch },
    shadow: noCounts,
  };
  const found = (): KeptRollout => ({
    record,
    plan: {
      stages: [
        { kind: "canary", share: 100, shadowShare: 0, dwellMs: 30_000, samplesMin: 50 },
        { kind: "canary", share: 1000, shadowShare: 0, dwellMs: 30_000, samplesMin: 50 },
        { kind: "canary", share: 10_000, shadowShare: 0, dwellMs: 30_000, samplesMin: 50 },
      ],
      tolerances: { ttft: 1.3, tpot: 1.3, errorRate: 0.005, errorMargin: 0.02 },
      golden: [],
      passAtLeast: 1,
    },
    progress: {
      stageMs: 12_000,
      edges: [{ edge: "edge-1", life: 1, counts }],
      past: { v1: noCounts, v2: noCounts, shadow: noCounts },
      atStage: { v1: noCounts, v2: noCounts, shadow: noCounts },
      before: { v1: noCounts, v2: noCounts, shadow: noCounts },
      errorEvidence: [],
      golden: [],
      waitsFor: "42 more requests with v2 in this stage",
    },
  });
  return {
    start: async (body, actor) => {
      commands.push(`rollout ${JSON.stringify(body)} by ${actor}`);
      const { to } = body as { readonly to?: string };
      return to === "llama-3.1-8b:gone"
        ? {
            kind: "refused",
            code: "unknown_adapter",
            why: "There is no adapter llama-3.1-8b:gone.",
          }
        : { kind: "begun", record };
    },
    list: async () => [record],
    find: async (id) =>
      [found(), { ...found(), record: ofModel(record) }].find((kept) => kept.record.id === id),
    tell: async (id, verb, actor) => {
      commands.push(`${verb} ${id} by ${actor}`);
      if (record.state === "aborted") return "settled";
      if (verb === "abort") {
        const reason = "aborted by an operator";
        record = { ...record, state: "aborted", share: 0, revision: record.revision + 1, reason };
      }
      return "taken";
    },
  };
}

const ofModel = (record: RolloutRecord): RolloutRecord => ({
  ...record,
  id: "r-model",
  name: "",
  from: baseModel,
  to: baseModel,
  fromModel: "llama-3.1-8b",
  toModel: "llama-3.2-8b",
  share: 10_000,
  state: "done",
});
