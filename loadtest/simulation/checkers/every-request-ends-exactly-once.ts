// Every client hears exactly one end, in time, and silence after it: unless it hung up or its edge died. A probe,
// asked when every fault is over, completes.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import { isOver } from "#loadtest/simulation/client-history.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";

/** Beyond its deadline, for an edge that was not paused. */
const slackMs = 1000;

export const everyRequestEndsExactlyOnce: Checker = {
  name: "every-request-ends-exactly-once",
  watch: (report) => ({
    judge({ histories, plan }) {
      for (const history of histories.values()) judgeOne(report, history, plan);
    },
  }),
};

function judgeOne(report: Report, history: ClientHistory, plan: FaultPlan): void {
  const { request, end, endedAtMs, openedAtMs, surprises } = history;
  const { requestId, timeoutMs, isProbe } = request;
  for (const surprise of surprises) report(`${requestId}: ${surprise}`);
  for (const echo of history.echoes) {
    for (const surprise of echo.surprises) report(`${requestId} by ${echo.session}: ${surprise}`);
  }
  if (!isOver(history)) report(`${requestId}: no end`);
  if (end === undefined) return;
  const tookMs = endedAtMs - openedAtMs;
  if (tookMs > timeoutMs + slackMs + pausedMs(plan, history.edge)) {
    report(`${requestId}: ended ${Math.round(tookMs - timeoutMs)} ms after its deadline`);
  }
  if (isProbe && end.kind === "failed") {
    report(`${requestId}: failed with ${end.refusal.code} though no fault was left`);
  }
}

const pausedMs = ({ faults }: FaultPlan, process: string): number =>
  faults.reduce((sum, fault) => {
    const isAway =
      (fault.kind === "pause" || fault.kind === "suspend") && fault.process === process;
    return sum + (isAway ? fault.forMs : 0);
  }, 0);
