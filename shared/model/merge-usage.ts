// How two accounts of one request become one: numbers by maximum, so that loss, repetition and order do no
// harm; the final account names the words; and what is final never changes. The ledger's SQL says the same.

import type { UsageRecord } from "./usage.ts";

export interface UsageEntry {
  readonly record: UsageRecord;
  /** Whether the request is over: the entry is settled, and billed. */
  readonly isFinal: boolean;
  /** While the request is open: by its deadline it is over, so many milliseconds from when this was written. */
  readonly endsWithinMs?: number;
}

export function mergeUsage(standing: UsageEntry | undefined, arriving: UsageEntry): UsageEntry {
  if (standing === undefined) return arriving;
  if (standing.isFinal) return standing;
  const a = standing.record;
  const b = arriving.record;
  const words = arriving.isFinal ? b : greaterWords(a, b);
  return {
    isFinal: arriving.isFinal,
    ...(arriving.isFinal ? {} : endsWithin(standing, arriving)),
    record: {
      tenant: a.tenant,
      requestId: a.requestId,
      model: words.model,
      modelVersion: words.modelVersion,
      adapterDigest: words.adapterDigest,
      pool: words.pool,
      poolClass: words.poolClass,
      tier: words.tier,
      worker: words.worker,
      workerType: words.workerType,
      zone: words.zone,
      outcome: words.outcome,
      arrivedAtEpochMs: Math.max(a.arrivedAtEpochMs, b.arrivedAtEpochMs),
      promptTokens: Math.max(a.promptTokens, b.promptTokens),
      cachedTokens: Math.max(a.cachedTokens, b.cachedTokens),
      outputTokens: Math.max(a.outputTokens, b.outputTokens),
      splitAtEpochMs: Math.max(a.splitAtEpochMs, b.splitAtEpochMs),
      outputTokensBefore: Math.max(a.outputTokensBefore, b.outputTokensBefore),
      queueMs: Math.max(a.queueMs, b.queueMs),
      prefillMs: Math.max(a.prefillMs, b.prefillMs),
      decodeMs: Math.max(a.decodeMs, b.decodeMs),
      kvBlockMs: Math.max(a.kvBlockMs, b.kvBlockMs),
      preemptions: Math.max(a.preemptions, b.preemptions),
      attempts: Math.max(a.attempts, b.attempts),
      gpuUs: Math.max(a.gpuUs, b.gpuUs),
    },
  };
}

/** The later of two deadlines, by the one that leaves more time: too late does no harm. */
function endsWithin(a: UsageEntry, b: UsageEntry): Pick<UsageEntry, "endsWithinMs"> {
  if (a.endsWithinMs === undefined && b.endsWithinMs === undefined) return {};
  return { endsWithinMs: Math.max(a.endsWithinMs ?? 0, b.endsWithinMs ?? 0) };
}

type Words = Pick<
  UsageRecord,
  | "model"
  | "modelVersion"
  | "adapterDigest"
  | "pool"
  | "poolClass"
  | "tier"
  | "worker"
  | "workerType"
  | "zone"
  | "outcome"
>;

// Between two accounts that are not final any fixed choice will do, as long as order does not matter.
const greaterWords = (a: Words, b: Words): Words => ({
  model: greater(a.model, b.model),
  modelVersion: greater(a.modelVersion, b.modelVersion),
  adapterDigest: greater(a.adapterDigest, b.adapterDigest),
  pool: greater(a.pool, b.pool),
  poolClass: greater(a.poolClass, b.poolClass),
  tier: greater(a.tier, b.tier),
  worker: greater(a.worker, b.worker),
  workerType: greater(a.workerType, b.workerType),
  zone: greater(a.zone, b.zone),
  outcome: greater(a.outcome, b.outcome),
});

const greater = <Text extends string>(a: Text, b: Text): Text => (a > b ? a : b);
