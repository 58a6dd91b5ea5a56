// What `reconcile` prints for an operator.

import type {
  AccountNumbers,
  ContradictedAccount,
  Difference,
  Reconciliation,
  TenantStanding,
} from "#shared/model/reconciliation.ts";
import { textTable } from "#services/console/text-table.ts";

export function reconcileText(answer: Reconciliation): string {
  const { tenants, outboxes, stream, silent, omitted, repairs = [] } = answer;
  const held = outboxes.filter(({ pending }) => pending > 0);
  const lines = [
    `${moment(answer.fromEpochMs)} to ${moment(answer.toEpochMs)}, taken ${moment(answer.takenAtEpochMs)}`,
    ...countedLine(answer),
    "",
    tenantsTable(tenants),
    "",
    held.length === 0
      ? "outboxes: empty"
      : `outboxes: ${held.map(({ process, pending }) => `${process} has ${pending}`).join(", ")}`,
    ...(stream === undefined ? [] : [`stream: ${streamText(stream)}`]),
    ...(silent.length === 0 ? [] : [`no answer from: ${silent.join(", ")}`]),
    ...(omitted === 0 ? [] : [`${omitted} entries were not looked at one by one`]),
    ...repairs.map(({ what, count }) => `repaired: ${count} ${what}`),
    ...(answer.repairs !== undefined && repairs.length === 0
      ? ["repaired: nothing was to be done"]
      : []),
    "",
    ...tenants.flatMap(({ tenant, differences }) =>
      differences.flatMap((difference) => differenceLines(tenant, difference)),
    ),
    verdicts[answer.verdict],
  ];
  return lines.join("\n");
}

const verdicts: Readonly<Record<Reconciliation["verdict"], string>> = {
  agrees: "nothing differs",
  "in-flight": "nothing differs but what is still in flight",
  differs: "differences remain",
};

function countedLine({
  countedSinceEpochMs: since,
  fromEpochMs,
}: Reconciliation): readonly string[] {
  if (since === undefined)
    return ["admissions were not counted yet: there is nothing to hold the ledger against"];
  return since > fromEpochMs
    ? [`admissions are counted since ${moment(since)}: nothing before is compared`]
    : [];
}

const tenantsTable = (tenants: readonly TenantStanding[]): string =>
  textTable(
    ["TENANT", "ADMITTED", "ROWS", "FINAL", "PROMPT", "CACHED", "OUTPUT", "DIFFERENCES"],
    tenants.map((of) => [
      of.tenant,
      of.admitted,
      of.rows,
      of.finalRows,
      of.promptTokens,
      of.cachedTokens,
      of.outputTokens,
      of.differences.map(({ kind, requests }) => `${kind} ${requests}`).join(", ") || "none",
    ]),
  );

const streamText = (stream: NonNullable<Reconciliation["stream"]>): string =>
  typeof stream === "string"
    ? `no answer (${stream})`
    : `${stream.messages} messages (${stream.bytes} bytes), stored up to ${stream.ackFloor} of ${stream.lastSequence}, ` +
      `${stream.pending} not taken yet, ${stream.unacknowledged} being stored`;

/** The answer itself has some more. */
const shownMax = 5;

function differenceLines(tenant: string, difference: Difference): readonly string[] {
  const { kind, requests, requestIds, accounts, where, advice } = difference;
  const at = where === undefined ? "" : ` at ${where}`;
  const more = requests > shownMax ? ", …" : "";
  const shown = requestIds.slice(0, shownMax);
  const named = shown.length === 0 ? [] : [`  ${shown.join(", ")}${more}`];
  const ids = accounts === undefined ? named : accountLines(accounts, requests);
  return [`${tenant}: ${requests} ${kind}${at}`, `  ${advice}`, ...ids];
}

const accountLines = (
  accounts: readonly ContradictedAccount[],
  requests: number,
): readonly string[] => [
  ...accounts
    .slice(0, shownMax)
    .map(
      ({ requestId, billed, toldLater }) =>
        `  ${requestId}: billed ${numbersText(billed)}, told later ${numbersText(toldLater)}`,
    ),
  ...(requests > shownMax ? ["  …"] : []),
];

const numbersText = ({ promptTokens, outputTokens, outcome }: AccountNumbers): string =>
  `${promptTokens} + ${outputTokens} tokens (${outcome})`;

export const moment = (epochMs: number): string => new Date(epochMs).toISOString();
