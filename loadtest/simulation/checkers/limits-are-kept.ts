// No tenant gets more than its limits, whoever owns its queue and however often that changes: requests per minute as
// clients see them admitted, the tokens that these requests then used, and streams at once as sessions run them. Judged where the promise is made: what an edge admitted is forgotten if it
// dies, but one that was away tells before it admits anything more; and streams only where no edge was away and every
// one answers within a takeover's second of questions.

import type { Session } from "#services/edge/session/session-state.ts";
import type { Checker, Outcome, Report } from "#loadtest/simulation/checker.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { TenantLimits } from "#shared/model/tenant-policy.ts";

/** A minute, less what an answer may be late. */
const windowMs = 56_000;

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
    const streams = new Streams();
    return {
      observer: {
        received(_process, self, { state, effects }) {
          if (kindOf(self) !== "session") return;
          const { call } = state as Session;
          if (call === undefined) return;
          const { tenant, requestId, edge } = call.request;
          // What is only read again holds no place.
          if (!call.isReplay) streams.see(tenant, requestId, call.phase === "running");
          for (const effect of effects) {
            if (effect.kind !== "send") continue;
            const { kind } = effect.message as { readonly kind: string };
            if (kind === "admitted") admissions.push({ tenant, requestId, edge, atMs: worldMs() });
          }
        },
      },
      judge(outcome) {
        const { faults } = outcome.plan;
        const dead = edgesOf(faults, ["kill"]);
        const away = edgesOf(faults, ["pause", "store-away"]);
        for (const { policy } of outcome.fleet.tenants) {
          const of = admissions.filter(
            ({ tenant, edge }) => tenant === policy.tenant && !dead.has(edge),
          );
          judgeRequests(report, of, policy.limits);
          judgeTokens(report, used(of, outcome), policy.limits);
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

type PlannedFault = Outcome["plan"]["faults"][number];

const isEdge = (process: string): boolean => process.startsWith("edge");

const edgesOf = (
  faults: readonly PlannedFault[],
  kinds: readonly PlannedFault["kind"][],
): ReadonlySet<string> =>
  new Set(
    faults.flatMap((fault) =>
      "process" in fault && kinds.includes(fault.kind) && isEdge(fault.process)
        ? [fault.process]
        : [],
    ),
  );

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
  { tokensPerMinute }: TenantLimits,
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
