// The admin API's answers as text for people. What an answer leaves out, the text leaves out.

import type { UsageTotals } from "#shared/ledger/ledger.ts";
import { witnessesLost } from "#shared/model/abandoned-account.ts";
import type { FleetDiff } from "#shared/model/fleet-diff.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { RequestStory, StorySummary } from "#shared/telemetry/story.ts";
import { diffLines } from "./diff-text.ts";
import type {
  PoolFairness,
  PoolStatus,
  ProcessStatus,
  ShareStatus,
  TenantStatus,
  WorkerStatus,
} from "./platform-view.ts";
import { textTable } from "./text-table.ts";

export const tenantsText = ({ tenants }: { readonly tenants: readonly TenantStatus[] }): string =>
  textTable(
    [
      "TENANT",
      "TIER",
      "WEIGHT",
      "STATE",
      "WAITING",
      "RUNNING",
      "AT MOST",
      "RPM LEFT",
      "TPM LEFT",
      "THROTTLE",
    ],
    tenants.map((tenant) => [
      tenant.tenant,
      tenant.tier,
      tenant.weight,
      tenant.state,
      tenant.waiting,
      tenant.running,
      tenant.limits.concurrencyMax,
      tenant.requestsRemaining,
      tenant.tokensRemaining,
      tenant.throttlePercent === undefined ? "" : `${tenant.throttlePercent}%`,
    ]),
  );

interface WorkerRow extends WorkerStatus {
  readonly breaker: string;
}

export const workersText = ({ workers }: { readonly workers: readonly WorkerRow[] }): string =>
  textTable(
    [
      "WORKER",
      "POOL",
      "ZONE",
      "STATE",
      "BREAKER",
      "INCARNATION",
      "RUNNING",
      "AT MOST",
      "FREE BLOCKS",
      "BLOCKS",
      "ADAPTERS",
    ],
    workers.map((worker) => [
      worker.worker,
      worker.pool,
      worker.zone,
      worker.state,
      worker.breaker,
      worker.incarnation,
      worker.running,
      worker.sequencesMax,
      worker.freeBlocks,
      worker.blocks,
      worker.residents.map((digest) => digest.slice(0, 8)).join(" "),
    ]),
  );

export const poolsText = ({ pools }: { readonly pools: readonly PoolStatus[] }): string =>
  textTable(
    [
      "POOL",
      "CLASS",
      "STATE",
      "EPOCH",
      "WORKERS",
      "WAITING",
      "RUNNING",
      "VIRTUAL TIME",
      "GAP",
      "BOUND",
      "JAIN",
    ],
    pools.map((pool) => [
      pool.pool,
      pool.class,
      pool.state,
      pool.poolEpoch,
      `${pool.servingWorkers}/${pool.workers}`,
      pool.waiting,
      pool.running,
      pool.virtualTime,
      ...fairnessCells(pool.fairness),
    ]),
  );

/** Empty where no two tenants are backlogged, or none is promised. */
const fairnessCells = (fairness: Partial<PoolFairness> = {}): readonly (string | number)[] => [
  fairness.gap ?? "",
  fairness.bound ?? "",
  fairness.jainIndex?.toFixed(4) ?? "",
];

export interface FairnessAnswer {
  readonly pools: readonly ({ readonly pool: string } & Partial<PoolFairness>)[];
  readonly tenants: readonly ShareStatus[];
}

export const fairnessText = ({ pools, tenants }: FairnessAnswer): string =>
  [
    textTable(
      [
        "POOL",
        "TENANT",
        "BAND",
        "WEIGHT",
        "BY WEIGHT",
        "EXECUTED",
        "BEHIND",
        "WAITING",
        "RUNNING",
        "SLOWNESS",
        "WORKERS",
      ],
      tenants.map((share) => [
        share.pool,
        share.tenant,
        share.band,
        share.weight,
        `${share.shareByWeight.toFixed(1)} %`,
        `${share.executedShare.toFixed(1)} %`,
        share.behind,
        share.waiting,
        share.running,
        share.slowness?.toFixed(2) ?? "",
        share.narrowedTo ?? "all",
      ]),
    ),
    "",
    textTable(
      ["POOL", "COMPARED", "GAP", "BOUND", "JAIN"],
      pools.map((pool) => [pool.pool, pool.tenants ?? 0, ...fairnessCells(pool)]),
    ),
  ].join("\n");

export const processesText = ({
  processes,
  silent = [],
}: {
  readonly processes: readonly ProcessStatus[];
  readonly silent?: readonly string[];
}): string =>
  textTable(
    ["PROCESS", "ROLE", "ZONE", "FLEET", "LAG MS", "STATE"],
    [
      ...processes.map((one) => [
        one.process,
        one.role,
        one.zone,
        one.fleetVersion,
        one.eventLoopLagMs.toFixed(1),
        one.isReady ? "ready" : `not ready: ${one.missing.join("; ")}`,
      ]),
      ...silent.map((process) => [process, "", "", "", "", "silent"]),
    ],
  );

/** What an answer lacks. */
export interface Gaps {
  readonly silent?: readonly string[];
  readonly omitted?: number;
}

export const gapsText = ({ silent = [], omitted = 0 }: Gaps): string =>
  [
    silent.length === 0
      ? []
      : [`note: no answer from ${silent.join(", ")}: what only they know is missing`],
    omitted === 0 ? [] : [`note: ${omitted} rows did not fit`],
  ]
    .flat()
    .join("\n");

/** What the admin API adds: the adapter's name, where the fleet knows it. */
interface Named {
  readonly adapter?: string;
}

export const requestsText = ({
  requests,
}: {
  readonly requests: readonly (StorySummary & Named)[];
}): string =>
  textTable(
    ["REQUEST", "ARRIVED", "TENANT", "MODEL", "ADAPTER", "STATE", "OUTCOME", "ATTEMPTS", "E2E MS"],
    requests.map((request) => [
      request.requestId,
      moment(request.arrivedAtEpochMs),
      request.tenant ?? "",
      request.model ?? "",
      adapterText(request),
      request.state,
      request.outcome ?? "",
      request.attempts,
      request.e2eMs === undefined ? "" : request.e2eMs.toFixed(1),
    ]),
  );

interface UsageAnswer {
  readonly records: readonly (UsageRecord & Named & { readonly isFinal: boolean })[];
  readonly totals: UsageTotals;
}

/** Not the client's doing, nor anything that it was told. */
const outcomesExplained: readonly (readonly [string, string])[] = [
  ["edge_lost", "its edge died and nobody read on; billed by its worker"],
  [witnessesLost, "whoever was to bill it died; billed at what was known last"],
];

export const usageText = ({ records, totals }: UsageAnswer): string =>
  [
    textTable(
      [
        "REQUEST",
        "ARRIVED",
        "TENANT",
        "MODEL",
        "ADAPTER",
        "OUTCOME",
        "PROMPT",
        "CACHED",
        "OUTPUT",
        "ATTEMPTS",
        "GPU MS",
      ],
      records.map((record) => [
        record.requestId,
        moment(record.arrivedAtEpochMs),
        record.tenant,
        record.model,
        adapterText(record),
        record.isFinal ? record.outcome : "(open)",
        record.promptTokens,
        record.cachedTokens,
        record.outputTokens,
        record.attempts,
        Math.round(record.gpuUs / 1000),
      ]),
    ),
    "",
    ...outcomesExplained.flatMap(([outcome, text]) =>
      records.some((record) => record.outcome === outcome) ? [`${outcome}: ${text}`] : [],
    ),
    `in all: ${totals.requests} requests (${totals.settledRequests} settled), ` +
      `${totals.promptTokens} prompt tokens (${totals.cachedTokens} cached), ` +
      `${totals.outputTokens} output tokens, ${(totals.gpuUs / 1e6).toFixed(3)} GPU-seconds`,
  ].join("\n");

export function explainText(story: RequestStory & Named): string {
  const { requestId, tenant, model, pool, state, outcome, workers, zones, kvBlocks } = story;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["tenant", tenant],
    ["model", model],
    ["adapter", adapterText(story) || undefined],
    ["pool", pool],
    ["arrived", moment(story.arrivedAtEpochMs)],
    ["state", outcome === undefined ? state : `${state}: ${outcome}`],
    ["attempts", String(story.attempts)],
    ["workers", workers.length === 0 ? undefined : workers.join(", ")],
    ["zones", zones?.join(", ")],
    ["KV blocks", kvBlocks === undefined ? undefined : `at most ${kvBlocks}`],
    ["tokens", tokensText(story)],
    ["times", timesText(story)],
  ];
  const told = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(9)}  ${value}`],
  );
  const waits = story.waits.map(({ where, ms, why, isOpen }) => [
    `  ${where}`,
    `${ms.toFixed(1)} ms${isOpen === true ? ", still" : ""}`,
    why,
  ]);
  const stages = story.stages.map(({ sinceArrivalMs, actor, what, process }) => [
    `  +${sinceArrivalMs.toFixed(1)} ms`,
    what,
    actor.replace(`/${requestId}`, "") + (process === undefined ? "" : ` in ${process}`),
  ]);
  return [
    `request ${requestId}`,
    ...told,
    ...(waits.length === 0 ? [] : ["", textTable(["  WAITED", "FOR", "BECAUSE"], waits)]),
    "",
    textTable(["  AT", "WHAT", "WHO"], stages),
    ...(story.omittedStages === 0
      ? []
      : [`  (${story.omittedStages} stages in the middle are left out)`]),
  ].join("\n");
}

/** Its name and enough of its digest; empty for the base model. */
const adapterText = ({
  adapter,
  adapterDigest = "",
}: Named & { readonly adapterDigest?: string }): string =>
  [adapter ?? [], adapterDigest.slice(0, 12) || []].flat().join(" ");

function tokensText({
  promptTokens,
  cachedTokens,
  outputTokens,
}: RequestStory): string | undefined {
  const parts = [
    promptTokens === undefined ? [] : [`${promptTokens} prompt`],
    cachedTokens === undefined || cachedTokens === 0 ? [] : [`${cachedTokens} of them cached`],
    outputTokens === undefined ? [] : [`${outputTokens} output`],
  ].flat();
  return parts.length === 0 ? undefined : parts.join(", ");
}

function timesText({ queueMs, ttftMs, tpotMs, e2eMs }: RequestStory): string | undefined {
  const parts = Object.entries({ queue: queueMs, TTFT: ttftMs, TPOT: tpotMs, E2E: e2eMs }).flatMap(
    ([name, ms]) => (ms === undefined ? [] : [`${name} ${ms.toFixed(1)} ms`]),
  );
  return parts.length === 0 ? undefined : parts.join(", ");
}

const moment = (epochMs: number): string => new Date(epochMs).toISOString();

export interface ApplyAnswer {
  /** Of a dry run: the one that stands. */
  readonly version: number;
  readonly isChanged: boolean;
  readonly isDryRun?: true;
  readonly notes?: readonly string[];
  readonly diff: FleetDiff;
}

export const applyText = (answer: ApplyAnswer): string =>
  [
    appliedText(answer),
    ...diffLines(answer.diff),
    ...(answer.notes ?? []).map((note) => `note: ${note}`),
  ].join("\n");

function appliedText({ version, isChanged, isDryRun, diff }: ApplyAnswer): string {
  if (!isChanged) return `nothing differs from fleet version ${version}`;
  const colon = diff.sections.length === 0 ? "" : ":";
  return isDryRun === true
    ? `nothing was changed; applied, it would be fleet version ${version + 1}${colon}`
    : `fleet version ${version} is in force${colon}`;
}

interface NarrowAnswer {
  readonly narrowed: readonly {
    readonly pool: string;
    readonly workers: number;
    readonly of: number;
  }[];
  readonly refused: readonly { readonly pool: string; readonly why: string }[];
}

export const narrowText = (tenant: string, { narrowed, refused }: NarrowAnswer): string =>
  [
    ...narrowed.map(
      ({ pool, workers, of }) => `${tenant} is narrowed to ${workers} of ${of} workers in ${pool}`,
    ),
    ...refused.map(({ pool, why }) => `note: not in ${pool}: ${why}`),
    `watch it with: fairlead fairness; undo it with: fairlead widen ${tenant}`,
  ].join("\n");
