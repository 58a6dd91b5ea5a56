// Says things at a rate, whatever becomes of them: what is due is said, late or not.

import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

interface Speaking {
  readonly perSecond: number;
  readonly seconds: number;
  readonly say: (serial: number) => void;
}

/** So many are said before the sockets get their turn, when much is due. */
const burst = 64;
let serial = 0;

export async function speak({
  perSecond,
  seconds,
  say,
}: Speaking): Promise<{ readonly said: number; readonly seconds: number }> {
  const total = Math.round(perSecond * seconds);
  const startedAtMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedAtMs;
  for (let said = 0; said < total;) {
    const due = Math.min(total, 1 + Math.floor((elapsedMs() * perSecond) / 1000));
    while (said < due) {
      say(serial);
      serial += 1;
      said += 1;
      // Each is a slice of its own, as an actor's turn is: what is gathered per slice must not be merged.
      if (said % burst === 0) await turn();
      else await Promise.resolve();
    }
    await sleep(Math.max(1, (said * 1000) / perSecond - elapsedMs()));
  }
  return { said: total, seconds: elapsedMs() / 1000 };
}
