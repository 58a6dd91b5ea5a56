// A reply whose request has a name: where what ran under it is over and was cut off, the next run begins, unseen.

import type { Reply } from "./client-calls.ts";

/** `beginNextRun`: false, there were too many. */
export const withNextRun = (reply: Reply, beginNextRun: () => boolean): Reply => ({
  admitted: (limits) => reply.admitted(limits),
  resumed: (resumed) => reply.resumed?.(resumed),
  output: (output) => reply.output(output),
  bufferedBytes: () => reply.bufferedBytes(),
  complete: (completed) => reply.complete(completed),
  fail: (refusal, limits) => {
    if (refusal.code === "idempotency_run_over" && beginNextRun()) return;
    reply.fail(refusal, limits);
  },
  gone: () => reply.gone?.(),
});
