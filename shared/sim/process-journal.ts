// What one simulated process writes into the world's trace, and says of itself to those who look on.

import type { Address, Note } from "#shared/actor/actor.ts";
import type { Envelope } from "#shared/bus/msgpackr-envelope.ts";
import type { ProcessClock } from "./process-clock.ts";
import type { HostObserver, SimulatedWorld } from "./simulated-world.ts";
import type { TraceEntry } from "./trace.ts";
import type { Parcel } from "./wire.ts";
import { handingWire } from "./wire.ts";

export class ProcessJournal {
  readonly #world: SimulatedWorld;
  readonly #process: string;
  readonly #clock: ProcessClock;
  readonly #observer: HostObserver;

  constructor(
    world: SimulatedWorld,
    process: string,
    { clock, observer }: { readonly clock: ProcessClock; readonly observer: HostObserver },
  ) {
    this.#world = world;
    this.#process = process;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** Where messages are handed over, addresses are too many to be remembered. */
  heard({ from, to, message }: Envelope, parcel: Parcel): void {
    const { clock, trace } = this.#world;
    if (parcel instanceof Uint8Array) {
      trace.add(clock.nowMs, this.#process, to);
      trace.addBytes(parcel);
    } else trace.add(clock.nowMs, this.#process, kindOfMessage(message));
    if (trace.keepsTail) this.#keep("heard", to, { from, ...(message as object) });
  }

  fired(self: Address, timer: string): void {
    const { clock, trace, wire } = this.#world;
    if (wire === handingWire) trace.add(clock.nowMs, this.#process, timer);
    else {
      trace.add(clock.nowMs, this.#process, self);
      trace.addText(timer);
    }
    if (trace.keepsTail) this.#keep("timer", self, timer);
  }

  note(actor: Address, event: string, fields: Note["fields"]): void {
    const { trace } = this.#world;
    trace.addText(event);
    if (trace.keepsTail) this.#keep("noted", actor, { event, ...fields });
    this.#observer.noted?.(this.#process, {
      kind: "note",
      event,
      fields,
      actor,
      nowMs: this.#clock.nowMs(),
    });
  }

  dropped({ from, to, message }: Envelope, why: string): void {
    this.note(to, "host.dropped", { why, from, message: kindOfMessage(message) });
  }

  threw(actor: Address, bug: unknown): void {
    this.#observer.threw?.(this.#process, actor, bug);
  }

  #keep(what: TraceEntry["what"], address: Address, detail: unknown): void {
    const { clock, trace } = this.#world;
    trace.keep({ atMs: clock.nowMs, process: this.#process, what, address, detail });
  }
}

export function kindOfMessage(message: unknown): string {
  const kind = (message as { readonly kind?: unknown } | null | undefined)?.kind;
  return typeof kind === "string" ? kind : "";
}

export const reasonOf = (bug: unknown): string => String(bug).slice(0, 200);
