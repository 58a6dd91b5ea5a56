// What an operator may do with dead letters. A letter holds no prompt, so nobody but its client can send the request again;
// what stands in that client's way, the suspicion of its request, is what a replay takes away.

import { acquitSuspect } from "#shared/coordination/suspects.ts";
import type { Coordination } from "#shared/coordination/coordination.ts";
import type { DeadLetters } from "./dead-letters.ts";

export interface DeadLetterDesk extends Omit<DeadLetters, "write"> {
  /** Its client may send the request again. */
  replay(requestId: string): Promise<"no-letter" | "allowed" | "no-answer">;
}

export function deadLetterDesk(
  letters: DeadLetters,
  store: Pick<Coordination, "get" | "put" | "grantLease" | "revokeLease">,
): DeadLetterDesk {
  return {
    list: (filter) => letters.list(filter),
    find: (requestId) => letters.find(requestId),
    drop: (requestId) => letters.drop(requestId),
    replay: async (requestId) => {
      const letter = await letters.find(requestId);
      if (letter === undefined) return "no-letter";
      return new Promise((resolve) => {
        acquitSuspect(store, letter.digest, (isFree) => resolve(isFree ? "allowed" : "no-answer"));
      });
    },
  };
}
