// No tenant gets more than its limits, whoever owns its queue: requests per minute as clients see them admitted, and
// streams at once as sessions run them. Judged where the promise is made: not after an edge was lost with what it
// knew, and streams only where every edge answers within a takeover's second of questions.

import type { Session } from "#services/edge/session/session-state.ts";
import type { Checker, Outcome, Report } from "#loadtest/simulation/checker.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";

/** A minute, less what an answer may be late. */
const windowMs = 56_000;

interface Seen {
  readonly tenant: string;
  readonly atMs: number;
}

export const limitsAreKept: Checker = {
  name: "limits-are-kept",
  watch(report, worldMs) {
    const admissions: Seen[] = [];
    const streams = new Streams();
    return {
      observer: {
        received(_process, self, { state, effects }) {
          if (kindOf(self) !== "session") return;
          const { call } = state as Session;
          if (call === undefined) return;
          const { tenant, requestId } = call.request;
          streams.see(tenant, requestId, call.phase === "running");
          for (const effect of effects) {
            if (effect.kind !== "send") continue;
            const { kind } = effect.message as { readonly kind: string };
            if (kind === "admitted") admissions.push({ tenant, atMs: worldMs() });
          }
        },
      },
      judge(outcome) {
        if (outcome.plan.faults.some(losesAnEdge)) return;
        for (const { policy } of outcome.fleet.tenants) {
          const of = admissions.filter(({ tenant }) => tenant === policy.tenant);
          judgeRequests(report, of, policy.limits);
          if (!isTalkative(outcome)) continue;
          const most = streams.most(policy.tenant);
          const { concurrencyMax } = policy.limits;
          if (most > concurrencyMax) {
            report(`${policy.tenant} ran ${most} streams at once, of ${concurrencyMax}`);
          }
        }
      },
    };
  },
};

type PlannedFault = Outcome["plan"]["faults"][number];

const isEdge = (process: string): boolean => process.startsWith("edge");

/** It died with what it knew, or was away so long that its registration ran out: a new owner does not ask it. */
const losesAnEdge = (fault: PlannedFault): boolean =>
  (fault.kind === "kill" || fault.kind === "pause" || fault.kind === "store-away") &&
  isEdge(fault.process);

/** Every edge answers a new owner within its second. */
const isTalkative = ({ plan: { faults, links } }: Outcome): boolean =>
  links.loss <= 0.01 && links.lateMs <= 50 && !faults.some(cutsAnEdge);

const cutsAnEdge = (fault: PlannedFault): boolean =>
  fault.kind === "cut" && (isEdge(fault.from) || isEdge(fault.to));

function judgeRequests(
  report: Report,
  admissions: readonly Seen[],
  { requestsPerMinute }: TenantLimits,
): void {
  admissions.forEach(({ tenant, atMs }, first) => {
    const beyond = admissions[first + requestsPerMinute];
    if (beyond === undefined || beyond.atMs - atMs >= windowMs) return;
    report(`${tenant} had more than ${requestsPerMinute} requests admitted within a minute`);
  });
}

/** Per tenant, the sessions that have a running stream, now and at most. */
class Streams {
  readonly #now = new Map<string, Set<string>>();
  readonly #most = new Map<string, number>();

  see(tenant: string, requestId: string, isRunning: boolean): void {
    let running = this.#now.get(tenant);
    if (running === undefined) {
      running = new Set();
      this.#now.set(tenant, running);
    }
    if (isRunning) running.add(requestId);
    else running.delete(requestId);
    this.#most.set(tenant, Math.max(running.size, this.most(tenant)));
  }

  most(tenant: string): number {
    return this.#most.get(tenant) ?? 0;
  }
}
