// One short call of the driver's own: health is that a token comes out, not that a door says it is open.

import type { AdapterDigest } from "#shared/model/ids.ts";
import { streamEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { EventReader } from "#services/worker/engine/drivers/event-stream.ts";
import type { Dialect, Wish } from "./dialect.ts";
import { freshId } from "./fresh-id.ts";

/** Small ids, which every vocabulary has. */
const canaryIds: readonly number[] = [10, 11, 12, 13];

export const canaryWish = (salt: string, overrides: Partial<Omit<Wish, "id">> = {}): Wish => ({
  id: freshId(),
  ids: canaryIds,
  adapter: "" as AdapterDigest,
  salt,
  outputTokensMax: 1,
  outputTokensMin: 0,
  ignoreEos: true,
  sampling: { temperature: 0 },
  ...overrides,
});

const answerMs = 10_000;

/** Rejects with an `EngineFault` when none came in time. */
export async function sayOneToken(dialect: Dialect, wish: Wish): Promise<void> {
  const read = dialect.reader(wish);
  const closing = new AbortController();
  const timer = setTimeout(() => closing.abort(), answerMs);
  let tokens = 0;
  const events = new EventReader((data) => {
    if (data !== "[DONE]") tokens += read(data)?.tokens.length ?? 0;
  });
  try {
    const { url, body } = dialect.generate(wish);
    await streamEngine(
      { url, method: "POST", body, signal: closing.signal, patienceMs: answerMs },
      { onOpen: () => undefined, onText: (text) => events.read(text) },
    );
  } catch (error) {
    if (!closing.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  if (tokens === 0) throw new EngineFault("silent", "no token came out of it");
}
