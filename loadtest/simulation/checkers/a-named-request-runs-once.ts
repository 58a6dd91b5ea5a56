// However many ask for a request under the name that its client gave it, one of their sessions runs it at a time: none asks a
// worker for an attempt that another one's worker was asked for, while that one lives. (A later attempt may be another's: who
// takes a stream over, or runs it again, says so.)

import type { Session } from "#services/edge/session/session-state.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";
import { struckBy } from "#loadtest/simulation/fault-plan.ts";
import type { Address } from "#shared/actor/actor.ts";
import { edgeOfSession } from "#shared/messages/addresses.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import { attemptKey } from "#shared/model/ids.ts";

interface Doubled {
  readonly starter: Address;
  readonly what: string;
}

export const aNamedRequestRunsOnce: Checker = {
  name: "a-named-request-runs-once",
  watch(report) {
    const starters = new Map<string, Address>();
    const over = new Set<Address>();
    const doubled: Doubled[] = [];
    return {
      kinds: ["session", "worker"],
      observer: {
        received(_process, self, { kind, state, arrival }) {
          if (kind === "session") {
            const { call } = state as Session;
            if (call?.ending !== undefined || call?.phase === "finished") over.add(self);
            return;
          }
          const { message, from } = arrival as {
            readonly message: ToWorker;
            readonly from: Address;
          };
          if (message.kind !== "start" || message.idempotency === undefined) return;
          const key = attemptKey(message.requestId, message.attempt);
          const starter = starters.get(key);
          starters.set(key, from);
          if (starter === undefined || starter === from || over.has(starter)) return;
          doubled.push({ starter, what: `${key}: started by ${from} after ${starter}` });
        },
      },
      judge({ plan }) {
        const dead = struckBy(plan, ["kill"]);
        for (const { starter, what } of doubled) {
          if (!dead.has(edgeOfSession(starter))) report(what);
        }
      },
    };
  },
};
