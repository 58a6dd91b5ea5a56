// Whether a slot whose stream was closed is free again: asked of the server itself, for it may go on computing for a
// client that is gone. All that are awaited are asked for in one call, at growing distances: every call delays the moment
// at which the server notices that somebody hung up before the first token.

import { setTimeout as sleep } from "node:timers/promises";
import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { count, fieldsOf } from "./completion-event.ts";

const firstDelayMs = 2;
const delayMaxMs = 500;

export interface ServerSlots {
  readonly ids: readonly number[];
  readonly busy: ReadonlySet<number>;
}

export async function readSlots(url: string, patienceMs: number): Promise<ServerSlots> {
  const said = await callEngine({ url: `${url}/slots`, method: "GET", patienceMs });
  if (!Array.isArray(said)) throw new EngineFault("malformed", "its slots are no list");
  const slots = said.map(fieldsOf);
  const busy = slots.filter((slot) => slot["is_processing"] !== false);
  const idOf = (slot: Readonly<Record<string, unknown>>): number => count(slot["id"]);
  return { ids: slots.map(idOf), busy: new Set(busy.map(idOf)) };
}

export class SlotWatch {
  readonly #url: string;
  readonly #patienceMs: number;
  readonly #isOver: () => boolean;
  readonly #awaited = new Map<number, () => void>();
  #isAsking = false;
  #delayMs = firstDelayMs;

  constructor(url: string, patienceMs: number, isOver: () => boolean) {
    this.#url = url;
    this.#patienceMs = patienceMs;
    this.#isOver = isOver;
  }

  /** Once the server says that nothing runs in it. */
  whenFree(slot: number, then: () => void): void {
    this.#awaited.set(slot, then);
    this.#delayMs = firstDelayMs;
    if (!this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#awaited.size > 0 && !this.#isOver()) {
      await sleep(this.#delayMs);
      this.#delayMs = Math.min(delayMaxMs, this.#delayMs * 2);
      const asked = [...this.#awaited];
      // Silence is for who watches over the whole engine to judge.
      const busy = await readSlots(this.#url, this.#patienceMs).then(
        (slots) => slots.busy,
        () => undefined,
      );
      if (busy === undefined || this.#isOver()) continue;
      for (const [slot, then] of asked) {
        if (busy.has(slot) || this.#awaited.get(slot) !== then) continue;
        this.#awaited.delete(slot);
        then();
      }
    }
    this.#isAsking = false;
  }
}
