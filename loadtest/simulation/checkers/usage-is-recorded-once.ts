// Every request has one final row in the ledger, and the row bills what the client was given: not a token more, not one less;
// of a client that was cut, at most one unacknowledged window more, which it could still have. A final row never changes.
// Of a request whose edge died the worker is the second witness; only if that one is lost too, less may be billed, or nothing.
// Where the edge lives and left the bill to a worker that died, what both had told before is settled: no token less than was given.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import type { Completed } from "#shared/messages/to-client.ts";
import { struckBy } from "#loadtest/simulation/fault-plan.ts";
import type { LedgerRow } from "#loadtest/simulation/ledger-device.ts";
import { edgeNames } from "#loadtest/simulation/seed-fleet.ts";
import { Takeovers } from "#loadtest/simulation/takeovers.ts";
import { Witnesses } from "#loadtest/simulation/witnesses.ts";
import { witnessesLost } from "#shared/model/abandoned-account.ts";

export const usageIsRecordedOnce: Checker = {
  name: "usage-is-recorded-once",
  watch: (report, worldMs) => {
    const witnesses = new Witnesses(worldMs);
    const takeovers = new Takeovers(worldMs);
    return {
      observer: {
        noted(_process, record) {
          witnesses.noted(record);
          takeovers.noted(record);
        },
      },
      judge({ histories, ledger, plan }) {
        const hasForgotten = [...struckBy(plan, ["kill"])].some((name) => edgeNames.includes(name));
        for (const history of histories.values()) {
          const { tenant, requestId } = history.request;
          const row = ledger.get(`${tenant}/${requestId}`);
          // An edge that died knows no more what was cut off there; a new owner lets it run again, in an account that is closed.
          if (hasForgotten && isClosedEarly(history, row)) continue;
          if (ranInClosedAccount(history, row, takeovers)) continue;
          judgeOne(report, history, {
            row,
            hasWitness: witnesses.has(requestId, history.billLostAtMs),
            mayBeLeft: witnesses.hasDied(requestId, plan),
            knownTokens: tokensKnown(history, witnesses),
          });
        }
        if (ledger.size > histories.size) report(`${ledger.size - histories.size} rows of nobody`);
      },
    };
  },
};

interface Told {
  readonly row: LedgerRow | undefined;
  /** A worker that lives knows how it ended. */
  readonly hasWitness: boolean;
  /** To a worker that was killed. */
  readonly mayBeLeft: boolean;
  readonly knownTokens: number;
}

/**
 * The most that one session has given, of those whose account somebody has: its edge lives, or a worker held what it had given when it died. What it gave of
 * an attempt that had been given up by then went with it, but for what its meter had handed over; whoever runs the request again has what that one gives.
 */
const tokensKnown = ({ request, given }: ClientHistory, witnesses: Witnesses): number =>
  Math.max(
    0,
    ...[...given.values()].flatMap(({ outputTokens, lostAtMs }) => {
      const isKnown = lostAtMs === undefined || witnesses.hadAt(request.requestId, lostAtMs);
      return isKnown ? outputTokens : [];
    }),
  );

interface Known {
  /** Edge and worker are both dead. */
  readonly mayBeLost: boolean;
  readonly mayBeLeft: boolean;
  readonly knownTokens: number;
}

function judgeOne(
  report: Report,
  history: ClientHistory,
  { row, hasWitness, mayBeLeft, knownTokens }: Told,
): void {
  const { requestId } = history.request;
  if (row !== undefined && !isShared(history) && row.contradictions + row.otherOutcomes > 0) {
    report(`${requestId}: a final row was contradicted`);
  }
  const mayBeLost = history.isBillLost && !hasWitness;
  if (row === undefined) {
    if (!mayBeLost && !isAccountless(history)) report(`${requestId}: no row`);
    return;
  }
  const fault = faultOf(history, row, { mayBeLost, mayBeLeft, knownTokens });
  if (fault !== undefined) report(`${requestId}: ${fault}`);
}

function faultOf(
  history: ClientHistory,
  { entry: { record, isFinal }, settledBy = "nobody" }: LedgerRow,
  { mayBeLost, mayBeLeft, knownTokens }: Known,
): string | undefined {
  const { outcome, outputTokens } = record;
  if (!isFinal) return isNobodys(history) ? undefined : "no final row";
  const isLost = outcome === witnessesLost;
  const mayBeLess = mayBeLost || isNobodys(history);
  if (isLost && !mayBeLess && !mayBeLeft) return "nobody billed it";
  const { least, most } = billable(history, edgeNames.includes(settledBy));
  const enough = isLost && mayBeLess ? 0 : Math.min(least, knownTokens);
  if (enough <= outputTokens && outputTokens <= most) return undefined;
  const billed = `${outputTokens} tokens billed (${outcome} by ${settledBy})`;
  return `${billed}, ${least} to ${most} given`;
}

const isNobodys = (history: ClientHistory): boolean =>
  isLeftOpen(history) || isAccountless(history);

/** Two sessions may each have an account of it, if the word that one has left it to the other is lost. The first stands. */
const isShared = ({ comesBack, echoes }: ClientHistory): boolean =>
  comesBack === "does" || echoes.length > 0;

const isClosedEarly = (history: ClientHistory, row: LedgerRow | undefined): boolean =>
  history.request.named !== undefined &&
  wholeOf(history) !== undefined &&
  row?.entry.isFinal === true &&
  !["stop", "length"].includes(row.entry.record.outcome);

/**
 * The same where the run in the closed account was cut off as well, so that nothing whole was given: what is billed is what the edge that died later had
 * billed, and what was given beyond it came after that edge's death, from an owner that had begun after the end of what is billed.
 */
function ranInClosedAccount(
  { request, given }: ClientHistory,
  row: LedgerRow | undefined,
  takeovers: Takeovers,
): boolean {
  if (request.named === undefined || row?.entry.isFinal !== true) return false;
  const { outputTokens, outcome } = row.entry.record;
  if (["stop", "length"].includes(outcome)) return false;
  const streams = [...given.values()];
  const closed = streams.find(
    (stream) => stream.edge === row.settledBy && stream.outputTokens === outputTokens,
  );
  const { lostAtMs, atMs = 0 } = closed ?? {};
  if (lostAtMs === undefined) return false;
  const beyond = streams.filter((stream) => stream.outputTokens > outputTokens);
  const isAfterIt = beyond.every(
    (later) => later.atMs > lostAtMs && takeovers.isBetween(request.tenant, atMs, later.atMs),
  );
  return beyond.length > 0 && isAfterIt;
}

/** Refused under a name, or ended before it had a place: the name has no account yet, or an empty one. */
const isAccountless = ({ request, mostTokens }: ClientHistory): boolean =>
  request.named !== undefined && mostTokens === 0;

/** Whoever had it run again under its name left before its end. */
const isLeftOpen = (history: ClientHistory): boolean =>
  history.request.named !== undefined && isShared(history) && wholeOf(history) === undefined;

const wholeOf = ({ end, echoes }: ClientHistory): Completed | undefined =>
  [end, ...echoes.map((echo) => echo.end)].find((each) => each?.kind === "completed");

/** Output tokens generated when nobody reads any more, at most: they can be had by coming back for them. */
const unreadMax = 256;

function billable(
  history: ClientHistory,
  isBilledByEdge: boolean,
): { readonly least: number; readonly most: number } {
  const { end, mostTokens, request } = history;
  const whole = wholeOf(history);
  if (whole !== undefined) return { least: whole.outputTokens, most: whole.outputTokens };
  // Its edge did not notice that its line broke: what that one wrote to the dead line counts as given. So it does if its client came back and
  // left again before it was given more.
  const isBroken = history.isBroken || history.cut?.isBroken === true;
  if (request.comingBack?.unnoticedAfter !== undefined && isBroken) {
    return { least: mostTokens, most: request.outputTokensMax };
  }
  const isUnread = end === undefined || !isBilledByEdge || isLeftOpen(history);
  return { least: mostTokens, most: mostTokens + (isUnread ? unreadMax : 0) };
}
