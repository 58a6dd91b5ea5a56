// Puts one value where others watch for it. Law: resolved means that the store has it; a store that is silent or refuses is asked
// again, for ten seconds.

import type { Coordination } from "./coordination.ts";

const retryAfterMs = 500;
const attemptsMax = 20;

/** Rejects with the store's last word. */
export async function announce(
  coordination: Pick<Coordination, "put">,
  entry: { readonly key: string; readonly value: string },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await new Promise<string>((resolve) => {
      const timeout = setTimeout(() => resolve("silent"), retryAfterMs);
      coordination.put(entry, ({ kind }) => {
        clearTimeout(timeout);
        resolve(kind);
      });
    });
    if (outcome === "put") return;
    if (attempt >= attemptsMax) throw new Error(`${entry.key} could not be announced: ${outcome}`);
    if (outcome !== "silent") await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
  }
}
