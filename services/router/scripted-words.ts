// How a line of a router's transcript names its fields: the readers of `scripted-router.ts`.

import type { Address } from "#shared/actor/actor.ts";
import { tenantQueueAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { PlacedEdge, PoolWorker } from "#shared/messages/pool-members.ts";
import type { CostWeights } from "#shared/model/cost.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { EdgeId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { KvLoan } from "#shared/model/kv-blocks.ts";
import { nothingExecuted } from "#shared/model/usage.ts";

export const host = "h1" as WorkerHostId;

export interface Words {
  /** Words without `=`. */
  readonly plain: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

export const members = (list: string | undefined): PoolWorker[] =>
  (list ?? "")
    .split(",")
    .filter((member) => member !== "")
    .map((member) => {
      const [placed = "", incarnation = "1"] = member.split(":");
      const [worker = "", zone = "a"] = placed.split("@");
      return {
        worker: worker as WorkerId,
        incarnation: Number(incarnation),
        zone,
        host,
      };
    });

/** `edges=e1@a,e2@b`: where each stands. */
export const edgesOf = (words: Words): { readonly edges?: readonly PlacedEdge[] } =>
  words.named["edges"] === undefined
    ? {}
    : {
        edges: list(words.named["edges"]).map((text) => {
          const [edge = "", zone = ""] = text.split("@");
          return { edge: edge as EdgeId, zone };
        }),
      };

export const list = (text: string | undefined): string[] =>
  (text ?? "").split(",").filter((word) => word !== "");

export const numberOf = (words: Words, name: string, otherwise: number): number =>
  Number(words.named[name] ?? otherwise);

/** `from=bolt:40,corner:8`: on loan to them, most first. */
export const loansOf = (words: Words): { readonly reclaimFrom: readonly KvLoan[] } => ({
  reclaimFrom: list(words.named["from"]).map((loan) => {
    const [tenant = "", blocks] = loan.split(":");
    return { tenant: tenant as TenantId, blocks: Number(blocks) };
  }),
});

export const placeOf = (words: Words): { readonly place?: number } =>
  words.named["place"] === undefined ? {} : { place: Number(words.named["place"]) };

/** `cost=adapterLoad:5000,kvBlockSecond:100`: weights that differ from the default. */
export function costOf(words: Words): { readonly cost?: CostWeights } {
  const given = list(words.named["cost"]).map((word) => word.split(":"));
  const own = Object.fromEntries(given.map(([name = "", value]) => [name, Number(value)]));
  return given.length === 0 ? {} : { cost: { ...costWeightsDefault, ...own } };
}

/** `r0/bolt` is all that its worker says of it, or `r0/bolt/20/1`: it holds 20 blocks and stands in band 1. */
export function heldOf(held: string, words: Words): Readonly<Record<string, unknown>> {
  const [requestId, tenant, blocks, band] = held.split("/");
  return {
    requestId,
    attempt: 1,
    tenant,
    weight: 1,
    session: `session/e1/${requestId}`,
    adapterDigest: words.named["adapter"] ?? "",
    totals: totalsOf(words),
    ...(blocks === undefined ? {} : { blocks: Number(blocks) }),
    ...(band === undefined ? {} : { band: Number(band) }),
    ...(words.named["prompt"] === undefined ? {} : { promptTokens: numberOf(words, "prompt", 0) }),
  };
}

function suspicionOf(words: Words): Record<string, unknown> {
  if (words.named["crashes"] === undefined) return {};
  const [crashes, outputIndex] = [numberOf(words, "crashes", 0), numberOf(words, "index", 0)];
  const attempts = list(words.named["crashed"]).map(Number);
  const known = attempts.length === 0 ? {} : { attempts };
  return { suspicion: { crashes, ...known, outputIndex, worker: "" } };
}

export const ifNamed = (words: Words, name: string, field: string): Record<string, number> =>
  words.named[name] === undefined ? {} : { [field]: numberOf(words, name, 0) };

/** `counters=acme:500000/2/400000/90000` were saved under the epoch `of`: of what ended; places, charged and executed of what runs. */
export function countersOf(words: Words): Record<string, unknown> {
  const tenants = list(words.named["counters"]).map((text) => {
    const [tenant, figures = ""] = text.split(":");
    const [ended = 0, places = 0, charged = 0, executed = 0] = figures.split("/").map(Number);
    return { tenant, band: 0, weight: 1, ended, places, charged, executed };
  });
  const [poolEpoch, seq] = [numberOf(words, "of", 1), numberOf(words, "seq", 1)];
  return tenants.length === 0 ? {} : { counters: { poolEpoch, seq, tenants } };
}

export const owner = "owner/p" as Address;
export const fromWorker = (words: Words): Address =>
  workerAddress((words.plain[1] ?? "") as WorkerId);

export const attemptOf = (words: Words): Record<string, unknown> => ({
  requestId: words.plain[0],
  attempt: numberOf(words, "attempt", 1),
  ...(words.plain[1] === undefined ? {} : { worker: words.plain[1] }),
});

export const totalsOf = (words: Words): unknown => ({
  ...nothingExecuted,
  prefillTokens: numberOf(words, "prefill", 0),
  cachedTokens: numberOf(words, "cached", 0),
  outputTokens: numberOf(words, "output", 0),
  kvBlockMs: numberOf(words, "kvBlockMs", 0),
});

export const lifeOf = (words: Words): Record<string, unknown> => ({
  ...attemptOf(words),
  incarnation: numberOf(words, "incarnation", 1),
});

export function offer(words: Words): Record<string, unknown> {
  const [requestId, tenant] = words.plain;
  const promptTokens = numberOf(words, "prompt", 100);
  const outputTokensPredicted = numberOf(words, "predicted", 50);
  const startTag = numberOf(words, "startTag", 0);
  const cost = numberOf(words, "cost", promptTokens * 1000 + outputTokensPredicted * 2000);
  return {
    kind: "offer",
    requestId,
    attempt: numberOf(words, "attempt", 1),
    tenant,
    shard: 0,
    shardEpoch: numberOf(words, "shardEpoch", 1),
    session: `session/${words.named["edge"] ?? "e1"}/${requestId}`,
    position: numberOf(words, "position", 0),
    weight: numberOf(words, "weight", 1),
    band: numberOf(words, "band", 0),
    ...budgetOf(words),
    ...(words.named["residency"] === undefined
      ? {}
      : { residency: list(words.named["residency"]) }),
    ...(words.plain.includes("may-preempt") ? { mayPreempt: true } : {}),
    preemptions: numberOf(words, "preemptions", 0),
    ...suspicionOf(words),
    computedTokens: numberOf(words, "computed", 0),
    startTag,
    finishTag: startTag + cost,
    cost,
    promptTokens,
    outputTokensPredicted,
    outputTokensMax: 1000,
    adapterDigest: words.named["adapter"] ?? "",
    prefixKeys: list(words.named["prefix"]).map(Number),
  };
}

function budgetOf(words: Words): Record<string, number> {
  const { guaranteed, burst } = words.named;
  return {
    ...(guaranteed === undefined ? {} : { kvGuaranteedTokens: Number(guaranteed) }),
    ...(burst === undefined ? {} : { kvBurstTokens: Number(burst) }),
  };
}

export const queueOf = (words: Words): Address =>
  tenantQueueAddress((words.plain[1] ?? "") as TenantId);
