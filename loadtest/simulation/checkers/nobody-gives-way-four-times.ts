// No request is preempted by its router more often than three times, whatever gets lost between router, worker and
// session, and whoever takes the pool over: everyone gets to the end.

import type { Checker } from "#loadtest/simulation/checker.ts";
import { preemptionsMax } from "#shared/model/victim-order.ts";

export const nobodyGivesWayFourTimes: Checker = {
  name: "nobody-gives-way-four-times",
  watch(report) {
    const times = new Map<string, number>();
    return {
      observer: {
        noted(_process, { event, fields }) {
          // By its engine it may be, as often as blocks run out there.
          if (event !== "worker.preempted" || fields["by"] !== "router") return;
          const requestId = String(fields["requestId"]);
          const now = (times.get(requestId) ?? 0) + 1;
          times.set(requestId, now);
          if (now > preemptionsMax) report(`${requestId} gave way ${now} times`);
        },
      },
    };
  },
};
