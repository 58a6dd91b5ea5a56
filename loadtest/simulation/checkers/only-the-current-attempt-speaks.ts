// A session takes tokens of its current attempt alone: a worker that was given up, and speaks again, is not heard.

import type { Session } from "#services/edge/session/session-state.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";
import type { ToSession } from "#shared/messages/to-session.ts";

interface Before {
  readonly attempt: number;
  readonly delivered: number;
}

export const onlyTheCurrentAttemptSpeaks: Checker = {
  name: "only-the-current-attempt-speaks",
  watch(report) {
    const known = new WeakMap<object, Before>();
    return {
      kinds: ["session"],
      observer: {
        received(_process, self, { state, arrival }) {
          const { call } = state as Session;
          if (call === undefined) return;
          const before = known.get(call);
          const { message } = arrival as { readonly message: ToSession };
          const { delivered, attempt } = call;
          const isForeign =
            message.kind === "tokens" && before !== undefined && message.attempt !== before.attempt;
          if (isForeign && delivered.length > before.delivered) {
            report(`${self}: took tokens of attempt ${message.attempt} in ${before.attempt}`);
          }
          known.set(call, { attempt, delivered: delivered.length });
        },
      },
    };
  },
};
