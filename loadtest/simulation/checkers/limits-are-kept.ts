// No tenant gets more than its limits, whoever owns its queue and however often that changes: requests per minute as
// clients see them admitted, the tokens that these requests then used, and streams at once as sessions run them. Judged
// where the promise is made: what an edge admitted is forgotten if it dies, or sleeps for longer than its lease, but one
// that was away for less tells before anything more is admitted; and streams only where no edge was away and every one
// answers within a takeover's second of questions.

import type { Session } from "#services/edge/session/session-state.ts";
import type { Checker, Outcome, Report } from "#loadtest/simulation/checker.ts";
import { keepEveryMs, leaseTtlMs } from "#shared/coordination/lease-validity.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";
import { struckBy } from "#loadtest/simulation/fault-plan.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";

/** A minute, less what an answer may be late. */
const minuteMs = 56_000;

interface Seen {
  readonly tenant: string;
  readonly requestId: string;
  readonly edge: string;
  readonly atMs: number;
}

export const limitsAreKept: Checker = {
  name: "limits-are-kept",
  watch(report, worldMs) {
    const admissions: Seen[] = [];
    // One that runs again is the same request.
    const known = new Set<string>();
    const streams = new Streams();
    return {
      kinds: ["session"],
      observer: {
        received(_process, _self, { state, effects }) {
          const { call } = state as Session;
          if (call === undefined) return;
          const { tenant, requestId, edge } = call.request;
          // What is only read again holds no place.
          if (!call.isReplay) streams.see(tenant, requestId, call.phase === "running");
          for (const effect of effects) {
            if (effect.kind !== "send") continue;
            const { kind } = effect.message as { readonly kind: string };
            if (kind !== "admitted" || known.has(requestId)) continue;
            known.add(requestId);
            admissions.push({ tenant, requestId, edge, atMs: worldMs() });
          }
        },
      },
      judge(outcome) {
        const dead = edgesIn(struckBy(withoutNaps(outcome.plan), ["kill", "pause", "suspend"]));
        const away = edgesIn(struckBy(outcome.plan, ["pause", "suspend", "store-away"]));
        const windowMs = windowUnder(outcome.plan);
        for (const { policy } of outcome.fleet.tenants) {
          const of = admissions.filter(
            ({ tenant, edge }) => tenant === policy.tenant && !dead.has(edge),
          );
          judgeRequests(report, of, { ...policy.limits, windowMs });
          judgeTokens(report, used(of, outcome), { ...policy.limits, windowMs });
          if (dead.size + away.size > 0 || !isTalkative(outcome)) continue;
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

const isEdge = (process: string): boolean => process.startsWith("edge");

const edgesIn = (processes: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...processes].filter(isEdge));

/** The store may have taken a lease as soon as that after the last word of a process. */
const napMs = leaseTtlMs - keepEveryMs(leaseTtlMs) - 1000;

const withoutNaps = (plan: FaultPlan): FaultPlan => ({
  ...plan,
  faults: plan.faults.filter(
    (fault) => (fault.kind !== "pause" && fault.kind !== "suspend") || fault.forMs > napMs,
  ),
});

/** Clocks that jump make it shorter: the promise is one of clocks that do not. */
const windowUnder = ({ faults }: FaultPlan): number =>
  faults.reduce((ms, fault) => ms - (fault.kind === "clock-step" ? fault.byMs : 0), minuteMs);

/** Every edge answers a new owner within its second. */
function isTalkative({ plan }: Outcome): boolean {
  const { loss, lateMs } = plan.links;
  const isParted = struckBy(plan, ["one-way-partition", "swizzle-clog"]).size > 0;
  return loss <= 0.01 && lateMs <= 50 && !isParted && edgesIn(struckBy(plan, ["cut"])).size === 0;
}

interface Minute extends TenantLimits {
  readonly windowMs: number;
}

function judgeRequests(
  report: Report,
  admissions: readonly Seen[],
  { requestsPerMinute, windowMs }: Minute,
): void {
  admissions.forEach(({ tenant, atMs }, first) => {
    const beyond = admissions[first + requestsPerMinute];
    if (beyond === undefined || beyond.atMs - atMs >= windowMs) return;
    report(`${tenant} had more than ${requestsPerMinute} requests admitted within a minute`);
  });
}

interface Used extends Seen {
  readonly tokens: number;
}

/** What each came to in the end: booked at its admission was at least that. Nothing, if it never began to speak. */
const used = (admissions: readonly Seen[], { histories }: Outcome): readonly Used[] =>
  admissions.map((seen) => {
    const history = histories.get(seen.requestId);
    const outputTokens = history?.outputTokens ?? 0;
    const promptTokens = outputTokens > 0 ? (history?.request.promptTokens ?? 0) : 0;
    return { ...seen, tokens: promptTokens + outputTokens };
  });

function judgeTokens(
  report: Report,
  admissions: readonly Used[],
  { tokensPerMinute, windowMs }: Minute,
): void {
  let first = 0;
  let tokens = 0;
  for (const last of admissions) {
    tokens += last.tokens;
    for (let begin = admissions[first]; begin !== undefined; begin = admissions[first]) {
      if (last.atMs - begin.atMs < windowMs) break;
      tokens -= begin.tokens;
      first += 1;
    }
    if (tokens <= tokensPerMinute) continue;
    report(`${last.tenant} used more than ${tokensPerMinute} tokens, admitted within a minute`);
    return;
  }
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
