// Where nothing else goes wrong, a coordination store without a majority, or one that has lost every lease, costs no
// stream: what was accepted goes on, or waits, and nothing but its own deadline ends it. Without a majority no worker
// gives up a life that nobody can have taken from it.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import { quotaTenant } from "#loadtest/simulation/seed-fleet.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";

/** What a client does to itself, and a request to its engines. */
const ownDoing = new Set([
  "deadline_passed",
  "cancelled",
  "client_too_slow",
  "request_not_found",
  "request_crashes_engine",
]);

export const theStoreEndsNoStream: Checker = {
  name: "the-store-ends-no-stream",
  watch(report) {
    const fenced: string[] = [];
    return {
      observer: {
        noted(_process, { event, fields }) {
          if (event === "worker.fenced" && fields["why"] === "registration-lost") {
            fenced.push(`${fields["worker"]} gave its life up, and nobody could have taken it`);
          }
        },
      },
      judge({ plan, histories }) {
        if (hasOnly(plan, ["store-gone"])) for (const what of fenced) report(what);
        if (!hasOnly(plan, ["store-gone", "lease-storm"])) return;
        for (const history of histories.values()) judgeOne(report, history);
      },
    };
  },
};

const hasOnly = ({ faults }: FaultPlan, kinds: readonly string[]): boolean =>
  faults.length > 0 && faults.every(({ kind }) => kinds.includes(kind));

function judgeOne(report: Report, { request, admissions, end }: ClientHistory): void {
  if (end?.kind !== "failed" || admissions === 0) return;
  const { code } = end.refusal;
  const isUsedUp = code === "insufficient_quota" && request.tenant === quotaTenant;
  if (!ownDoing.has(code) && !isUsedUp)
    report(`${request.requestId}: accepted, and failed with ${code}`);
}
