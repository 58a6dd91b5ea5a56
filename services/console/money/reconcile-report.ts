// The proof of billing in words for the tenant whose it is: what was counted by whom, what is billed, what differed. Law: nothing of
// other tenants and nothing of the inside but the ids of the tenant's own requests.

import type {
  AccountNumbers,
  Difference,
  DifferenceKind,
  Reconciliation,
  TenantStanding,
} from "#shared/model/reconciliation.ts";
import { moment } from "./reconcile-text.ts";

export function reconcileReport(answer: Reconciliation, tenant: string): string {
  const own = answer.tenants.find((one) => one.tenant === tenant) ?? { ...nothing, tenant };
  const { differences, finalRows } = own;
  return [
    `# Usage of ${tenant}, counted twice`,
    "",
    `Requests that arrived from ${moment(answer.fromEpochMs)} to before ${moment(answer.toEpochMs)} (UTC), as the books stood at ${moment(answer.takenAtEpochMs)}.`,
    "",
    `**${results[answer.verdict]}**`,
    "",
    ...countLines(answer, own),
    "",
    "## Differences",
    "",
    ...(differences.length === 0 ? ["None."] : differences.flatMap(differenceLines)),
    "",
    ...repairLines(answer),
    "## How this was counted",
    "",
    "Each server counts a request when it takes it in, apart from any account of its tokens. The account of each request is kept by the",
    "server that delivers it and, should that one fail, by the machine that computed it; each account comes to the ledger any number of times and",
    "is stored once, under your name and the id of the request. The first final account stands and is never changed. A request that ended before",
    "all was delivered is billed for what was delivered; what was computed again after a fault of ours is not billed, nor is what was refused.",
    "A server that was stopped by force may have lost the last two seconds of its counts, never of its accounts: then the ledger has more than was counted.",
    "",
    ...countedSince(answer),
    "## Checking it later",
    "",
    `SHA-256 \`${answer.digest ?? ""}\` over ${finalRows} lines, one for each request that is over, in the order of their ids, joined by a line feed:`,
    "`id,prompt tokens,cached tokens,output tokens,outcome`. The rows are those of the usage list; the same rows give the same hash at any time.",
    "",
  ].join("\n");
}

const nothing: Omit<TenantStanding, "tenant"> = {
  admitted: 0,
  served: 0,
  cancelled: 0,
  failed: 0,
  counters: 0,
  rows: 0,
  finalRows: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  differences: [],
};

function countLines(answer: Reconciliation, own: TenantStanding): readonly string[] {
  const { admitted, served, cancelled, failed } = own;
  return [
    "| counted | by the servers that took your requests in | in the usage ledger |",
    "| --- | ---: | ---: |",
    `| requests | ${counted(answer, admitted)} | ${own.rows} |`,
    `| over | ${counted(answer, served + cancelled + failed)} | ${own.finalRows} |`,
    `| answered whole | ${counted(answer, served)} | |`,
    `| ended by your client | ${counted(answer, cancelled)} | |`,
    `| refused or failed | ${counted(answer, failed)} | |`,
    `| prompt tokens | | ${own.promptTokens} |`,
    `| of these, found in the cache | | ${own.cachedTokens} |`,
    `| output tokens | | ${own.outputTokens} |`,
  ];
}

const results: Readonly<Record<Reconciliation["verdict"], string>> = {
  agrees: "Every request that was taken in is in the ledger, once, and nothing else is.",
  "in-flight":
    "Every request that is over is in the ledger, once, and nothing else is; some were not over yet.",
  differs: "The two counts do not agree everywhere: the differences are listed below.",
};

/** Not known is not none. */
const counted = ({ countedSinceEpochMs: since }: Reconciliation, count: number): string =>
  since === undefined ? "not counted" : String(count);

function countedSince({
  countedSinceEpochMs: since,
  fromEpochMs,
}: Reconciliation): readonly string[] {
  return since === undefined || since <= fromEpochMs
    ? []
    : [
        `Requests are counted in this way since ${moment(since)}; what arrived before is in the ledger alone.`,
        "",
      ];
}

/** In a customer's words: where it waits is our affair. */
const meanings: Readonly<Record<DifferenceKind, string>> = {
  "in-flight": "were not over, or may still be accounted for",
  "waiting-in-outbox": "are accounted for and on their way to the ledger",
  "waiting-in-stream": "are accounted for and on their way to the ledger",
  abandoned:
    "were cut off by a fault of ours and are not settled yet: they will be, at no more than was delivered",
  missing: "were taken in, and no account of them is found: nothing is billed for them",
  conflicting:
    "had two final accounts with different numbers: the first is billed, and what should have been is corrected by a line of its own on your next invoice",
  impossible: "have numbers that cannot be right: they are not billed before they are understood",
  discarded: "have an account that could not be stored yet: nothing is billed for them",
  uncounted: "are in the ledger and were not counted when they were taken in",
};

function differenceLines({
  kind,
  requests,
  requestIds,
  accounts = [],
}: Difference): readonly string[] {
  const ids = requestIds.map((id) => `\`${id}\``).join(", ");
  const more = requestIds.length < requests ? ", …" : "";
  return [
    `- ${requests} ${meanings[kind]}${ids === "" ? "." : `: ${ids}${more}`}`,
    ...accounts.map(
      ({ requestId, billed, toldLater }) =>
        `  - \`${requestId}\`: billed ${tokensOf(billed)}; the later account says ${tokensOf(toldLater)}`,
    ),
  ];
}

const tokensOf = ({ promptTokens, outputTokens }: AccountNumbers): string =>
  `${promptTokens} prompt and ${outputTokens} output tokens`;

/** Counts of repairs are of all tenants: only that there were some is said. */
const repairLines = ({ repairs }: Reconciliation): readonly string[] =>
  repairs === undefined
    ? []
    : [
        repairs.length === 0
          ? "A repair was tried before this was written; it found nothing to do."
          : "A repair was done before this was written: what could be brought to the ledger is in the figures above.",
        "",
      ];
