// What one simulated process writes into the world's trace.

import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Envelope } from "#shared/bus/msgpackr-envelope.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { TraceEntry } from "./trace.ts";
import type { Parcel } from "./wire.ts";
import { handingWire } from "./wire.ts";

export class ProcessJournal {
  readonly #world: SimulatedWorld;
  readonly #process: string;
  /** Addresses are remembered by the trace: too many of them in a world that hands over. */
  readonly #namesAddresses: boolean;

  constructor(world: SimulatedWorld, process: string) {
    this.#world = world;
    this.#process = process;
    this.#namesAddresses = world.wire !== handingWire;
  }

  heard({ from, to, message }: Envelope, parcel: Parcel): void {
    const { clock, trace } = this.#world;
    if (parcel instanceof Uint8Array) {
      trace.add(clock.nowMs, this.#process, to);
      trace.addBytes(parcel);
    } else trace.add(clock.nowMs, this.#process, kindOfMessage(message));
    if (trace.keepsTail) this.#keep("heard", to, { from, ...(message as object) });
  }

  fired(self: Address, timer: string): void {
    const { clock, trace } = this.#world;
    if (this.#namesAddresses) {
      trace.add(clock.nowMs, this.#process, self);
      trace.addText(timer);
    } else trace.add(clock.nowMs, this.#process, timer);
    if (trace.keepsTail) this.#keep("timer", self, timer);
  }

  noted({ actor, event, fields }: NoteRecord): void {
    const { trace } = this.#world;
    trace.addText(event);
    if (trace.keepsTail) this.#keep("noted", actor, { event, ...fields });
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
