// What the clients of a simulated seed want and how they behave: a list made before anything runs.

import { createHash } from "node:crypto";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import { prefixNamespace } from "#services/edge/prefix-namespace.ts";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import { baseModel } from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import { shardOf } from "#shared/model/shard.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer, tokenCount } from "#shared/model/tokenizer.ts";
import { windowsEndAtMs } from "./seed-calendar.ts";
import {
  faultText,
  edgeNames,
  poolLarge,
  poolSmall,
  quotaTenant,
  rushTenants,
  shardCount,
} from "./seed-fleet.ts";

/** How a client leaves before the end. */
export type HangUp =
  | { readonly kind: "after-ms"; readonly ms: number }
  | { readonly kind: "after-outputs"; readonly outputs: number };

/** A client that stops reading for a while. */
export interface SlowReading {
  readonly afterOutputs: number;
  readonly forMs: number;
}

/** A client that lost its stream, or left it, comes back for it. */
export interface ComingBack {
  readonly afterMs: number;
  readonly edge: EdgeId;
  /** Of the session that reads on. */
  readonly session: RequestId;
  /** It has kept nothing: from the first token again. */
  readonly isForgetful: boolean;
  /** Its line breaks after so many outputs, and its edge does not notice. Absent: it leaves as it leaves. */
  readonly unnoticedAfter?: number;
}

/** Somebody asks for the same under the same name, while it runs or after. */
export interface Echo {
  readonly afterMs: number;
  readonly edge: EdgeId;
  readonly session: RequestId;
}

/** Its client has named it. Who comes back for it asks for the request again. */
export interface Named {
  readonly session: RequestId;
  readonly echoes: readonly Echo[];
}

export interface PlannedRequest {
  readonly atMs: number;
  readonly edge: EdgeId;
  readonly requestId: RequestId;
  readonly tenant: TenantId;
  readonly shard: number;
  readonly pool: PoolId;
  readonly model: string;
  readonly adapterDigest: AdapterDigest;
  readonly namespace: string;
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  readonly ignoreEos: boolean;
  readonly stopStrings: readonly string[];
  readonly timeoutMs: number;
  readonly hangUp?: HangUp;
  readonly slowReading?: SlowReading;
  readonly comingBack?: ComingBack;
  readonly named?: Named;
  /** Asked when every fault is over: it has to complete. */
  readonly isProbe: boolean;
  /** No engine survives it. */
  readonly isPoison?: true;
}

export interface WorkloadTimes {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly probesAtMs: number;
}

const requests = 250;
const probes = 12;
/** Of each tenant in each wave. The third tenant has asked for nothing before the second wave. */
const waveRequests = 36;
const waveMs = 500;
const secondWaveMs = 7000;

export function workloadOf(
  random: SeededRandom,
  fleet: Fleet,
  { fromMs, untilMs, probesAtMs }: WorkloadTimes,
): readonly PlannedRequest[] {
  const bursts = Array.from({ length: 4 }, () => random.between(fromMs, untilMs));
  const moment = (): number =>
    random.chance(0.4) ? random.pick(bursts) + random.below(400) : random.between(fromMs, untilMs);
  const planned = Array.from({ length: requests }, () => request(random, fleet, moment()));
  const rush = rushOf(random, fleet, random.between(fromMs, fromMs + 8000));
  const hopeful = Array.from({ length: probes }, (_, number) =>
    probe(random, fleet, probesAtMs + 100 * number),
  );
  const again = random.derive("coming-back");
  const poison = poisonOf(random.derive("poison"), fleet, { fromMs, untilMs });
  const names = random.derive("named");
  const ordinary = planned.map((each) => isNamed(names, comesBack(again, each)));
  const limited = ofQuotaTenant(random.derive("quota"), fleet, { fromMs, untilMs });
  return [...ordinary, ...rush, ...hopeful, ...poison, ...limited].toSorted(
    (a, b) => a.atMs - b.atMs,
  );
}

const quotaRequests = 40;
/** They run when the windows end. */
const crossingRequests = 4;
/** As much as is allowed beyond a soft quota. */
const crossingTokens = 256;

function ofQuotaTenant(
  random: SeededRandom,
  fleet: Fleet,
  { fromMs, untilMs }: Pick<WorkloadTimes, "fromMs" | "untilMs">,
): PlannedRequest[] {
  const tenant = fleet.tenants.find(({ policy }) => policy.tenant === quotaTenant);
  if (tenant === undefined) return [];
  const asked = (atMs: number, outputTokensMax: number): PlannedRequest => ({
    ...subjectOf(random, { fleet, tenant, isLarge: random.chance(0.3) }),
    atMs,
    outputTokensMax,
    ignoreEos: true,
    stopStrings: [],
    timeoutMs: random.between(10_000, 30_000),
    ...behaviour(random),
    isProbe: false,
  });
  const anywhen = Array.from({ length: quotaRequests }, () =>
    asked(random.between(fromMs, untilMs), random.between(16, 200)),
  );
  const crossing = Array.from({ length: crossingRequests }, () =>
    asked(windowsEndAtMs - random.between(50, 1500), crossingTokens),
  );
  return [...anywhen, ...crossing];
}

const poisonMost = 3;
/** It dies, of one thing or another, or says nothing any more. */
const faults = ["exited", "cuda-oom", "hung"] as const;

/** In some seeds: requests that no engine that runs them survives, at once or some tokens on. */
function poisonOf(
  random: SeededRandom,
  fleet: Fleet,
  { fromMs, untilMs }: Pick<WorkloadTimes, "fromMs" | "untilMs">,
): PlannedRequest[] {
  if (!random.chance(0.4)) return [];
  return Array.from({ length: random.between(1, poisonMost) }, () => {
    const at = random.chance(0.5) ? "" : String(random.between(1, 40));
    const fault = faults[Number(at) % faults.length] ?? "exited";
    const text = `${question(random, 6)} ${faultText}${fault}${at} ${question(random, 6)}`;
    return {
      ...probe(random, fleet, random.between(fromMs, untilMs)),
      ...promptWith(new TextEncoder().encode(text)),
      outputTokensMax: 64,
      ignoreEos: true,
      isProbe: false,
      isPoison: true,
    };
  });
}

function isNamed(random: SeededRandom, request: PlannedRequest): PlannedRequest {
  if (random.chance(0.6)) return request;
  const echoes = Array.from({ length: random.below(4) }, () => ({
    afterMs: random.chance(0.5) ? random.below(30) : random.below(20_000),
    edge: random.pick(edgeNames) as EdgeId,
    session: requestIdFrom(random),
  }));
  return { ...request, named: { session: requestIdFrom(random), echoes } };
}

function request(random: SeededRandom, fleet: Fleet, atMs: number): PlannedRequest {
  const tenant = random.pick([...fleet.tenants.slice(0, 4), ...fleet.tenants.slice(0, 3)]);
  const isLarge = random.chance(0.75);
  const outputTokensMax = random.chance(0.2) ? random.between(1, 8) : random.between(16, 300);
  const subject = subjectOf(random, { fleet, tenant, isLarge });
  return {
    ...subject,
    atMs,
    outputTokensMax,
    ignoreEos: random.chance(0.1),
    stopStrings: random.chance(0.15) ? [stopStringFor(random, subject)] : [],
    timeoutMs: random.chance(0.1) ? random.between(500, 4000) : random.between(15_000, 30_000),
    ...behaviour(random),
    isProbe: false,
  };
}

/** Mostly soon, sometimes when nothing is kept any more. */
function comesBack(random: SeededRandom, request: PlannedRequest): PlannedRequest {
  if (random.chance(0.3)) return request;
  const comingBack = {
    afterMs: random.chance(0.8) ? random.between(1, 2000) : random.between(2000, 40_000),
    edge: random.pick(edgeNames) as EdgeId,
    session: requestIdFrom(random),
    isForgetful: random.chance(0.2),
    ...(random.chance(0.2) ? { unnoticedAfter: random.between(1, 40) } : {}),
  };
  return { ...request, comingBack };
}

/** Three tenants want more of the small pool than it has for as long as it takes: all of them wait, each for its share. */
function rushOf(random: SeededRandom, fleet: Fleet, startsAtMs: number): PlannedRequest[] {
  const tenants = fleet.tenants.filter(({ policy }) => rushTenants.includes(policy.tenant));
  const wave = (atMs: number, of: readonly Tenant[]): PlannedRequest[] =>
    of.flatMap((tenant) =>
      Array.from({ length: waveRequests }, () =>
        rushing(random, { fleet, tenant, atMs: atMs + random.below(waveMs) }),
      ),
    );
  return [...wave(startsAtMs, tenants.slice(0, 2)), ...wave(startsAtMs + secondWaveMs, tenants)];
}

interface Rushing {
  readonly fleet: Fleet;
  readonly tenant: Tenant;
  readonly atMs: number;
}

/** Much service in few messages: long prompts that nobody has cached. Most clients of the second tenant leave early. */
function rushing(random: SeededRandom, { fleet, tenant, atMs }: Rushing): PlannedRequest {
  const isWordy = tenant.policy.tenant === rushTenants[1];
  const isLeaving = isWordy && random.chance(0.7);
  return {
    ...subjectOf(random, { fleet, tenant, isLarge: false }),
    ...promptWith(new TextEncoder().encode(question(random, random.between(150, 220)))),
    atMs,
    outputTokensMax: isWordy ? 150 : random.between(4, 8),
    ignoreEos: isWordy,
    stopStrings: [],
    timeoutMs: 40_000,
    ...(isLeaving ? { hangUp: { kind: "after-outputs", outputs: 2 } } : {}),
    isProbe: false,
  };
}

function probe(random: SeededRandom, fleet: Fleet, atMs: number): PlannedRequest {
  // The fourth tenant's limits are so low that a probe of it could rightly be refused.
  const tenant = random.pick(fleet.tenants.slice(0, 3));
  return {
    ...subjectOf(random, { fleet, tenant, isLarge: random.chance(0.7) }),
    atMs,
    outputTokensMax: random.between(8, 64),
    ignoreEos: false,
    stopStrings: [],
    timeoutMs: 30_000,
    isProbe: true,
  };
}

type Subject = Omit<
  PlannedRequest,
  "atMs" | "outputTokensMax" | "ignoreEos" | "stopStrings" | "timeoutMs" | "isProbe"
>;

interface SubjectWanted {
  readonly fleet: Fleet;
  readonly tenant: Tenant;
  readonly isLarge: boolean;
}

function subjectOf(random: SeededRandom, { fleet, tenant, isLarge }: SubjectWanted): Subject {
  const { tenant: name } = tenant.policy;
  const model = isLarge ? "llama" : "mistral";
  const rights = isLarge ? fleet.adapters.filter(({ tenants }) => tenants.includes(name)) : [];
  const adapterDigest =
    rights.length > 0 && random.chance(0.3) ? random.pick(rights).digest : baseModel;
  return {
    edge: random.pick(edgeNames) as EdgeId,
    requestId: requestIdFrom(random),
    tenant: name,
    shard: shardOf(name, shardCount),
    pool: isLarge ? poolLarge : poolSmall,
    model,
    adapterDigest,
    namespace: prefixNamespace({
      trustGroup: tenant.trustGroup,
      modelVersion: `${model}-1`,
      tokenizer: "quad",
      adapterDigest,
    }),
    ...promptWith(promptOf(random, name)),
  };
}

export const promptWith = (
  promptBytes: Uint8Array,
): Pick<PlannedRequest, "promptBytes" | "promptDigest" | "promptTokens"> => ({
  promptBytes,
  promptDigest: createHash("sha256").update(promptBytes).digest("hex"),
  promptTokens: tokenCount(promptBytes),
});

/** Half of the prompts begin with a long text that others begin with too, of the same tenant or of any. */
function promptOf(random: SeededRandom, tenant: string): Uint8Array {
  const helped = random.chance(0.7) ? tenant : "everyone";
  const opening = random.chance(0.5) ? `You help ${helped}. `.repeat(random.between(8, 24)) : "";
  return new TextEncoder().encode(opening + question(random, random.between(2, 60)));
}

const question = (random: SeededRandom, words: number): string =>
  Array.from({ length: words }, () => random.next32().toString(36)).join(" ");

/** A piece of the text that the oracle will say, so that it is met; now and then one that never is. */
function stopStringFor(random: SeededRandom, subject: Subject): string {
  if (random.chance(0.2)) return "never said";
  const oracle = oracleFor(subject);
  const first = random.between(2, 60);
  const text = detokenize(startDetokenizer(quadVocabulary), [
    oracleToken(oracle, first),
    oracleToken(oracle, first + 1),
  ]);
  return text.slice(random.below(3), random.between(4, 8));
}

function behaviour(random: SeededRandom): Pick<PlannedRequest, "hangUp" | "slowReading"> {
  const draw = random.fraction();
  if (draw < 0.08) return { hangUp: { kind: "after-ms", ms: random.below(40) } };
  if (draw < 0.14) return { hangUp: { kind: "after-ms", ms: random.below(3000) } };
  if (draw < 0.22) return { hangUp: { kind: "after-outputs", outputs: random.between(1, 60) } };
  if (draw < 0.34) {
    return {
      slowReading: { afterOutputs: random.between(1, 40), forMs: random.between(100, 8000) },
    };
  }
  return {};
}

function requestIdFrom(random: SeededRandom): RequestId {
  const words = Array.from({ length: 4 }, () => random.next32().toString(16).padStart(8, "0"));
  return words.join("") as RequestId;
}
