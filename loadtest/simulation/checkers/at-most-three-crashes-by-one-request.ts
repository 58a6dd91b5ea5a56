// No request crashes more than three engines, whatever gets lost between worker, session and router and whoever takes the
// pool over; and nobody but who did it is told that its request does.

import type { Checker } from "#loadtest/simulation/checker.ts";

const crashesMax = 3;

export const atMostThreeCrashesByOneRequest: Checker = {
  name: "at-most-three-crashes-by-one-request",
  watch(report) {
    const crashes = new Map<string, number>();
    return {
      observer: {
        noted(_process, { event, fields }) {
          if (event !== "engine.crashed" && event !== "engine.hung") return;
          const requestId = String(fields["requestId"]);
          const now = (crashes.get(requestId) ?? 0) + 1;
          crashes.set(requestId, now);
          if (now > crashesMax) report(`${requestId} crashed ${now} engines`);
        },
      },
      judge({ histories }) {
        for (const { request, end } of histories.values()) {
          const isAccused = end?.kind === "failed" && end.refusal.code === "request_crashes_engine";
          if (isAccused && request.isPoison !== true) {
            report(`${request.requestId} is told that it crashes engines, and does not`);
          }
        }
      },
    };
  },
};
