// One sequence on an engine that is stepped from here: what the driver accounts for, and where it stands.

import { randomInt } from "node:crypto";
import type { SequenceTerms } from "#services/worker/engine/drivers/driver-sequence.ts";
import { DriverSequence } from "#services/worker/engine/drivers/driver-sequence.ts";
import type { Slot, Slots } from "#services/worker/engine/drivers/slots.ts";
import { reusableTokens } from "#services/worker/engine/drivers/slots.ts";
import { sampledNext } from "./sampled-next.ts";
import type { StepPart } from "./stepper-words.ts";

const seedsMax = 2 ** 32;

export class SteppingSequence extends DriverSequence {
  /** Undefined: it waits for one that is being freed. */
  #place: { readonly slots: Slots; readonly slot: Slot } | undefined;
  /** Of its ids, the slot holds so many. */
  #heldTokens = 0;
  #reusedTokens = 0;
  readonly #seed = randomInt(seedsMax);
  /** A step has it now: it is freed when that is over. */
  isInStep = false;

  constructor(terms: SequenceTerms) {
    super(terms);
    this.begun();
  }

  get leftTokens(): number {
    return this.ids.length - this.#heldTokens;
  }

  get hasSlot(): boolean {
    return this.#place !== undefined;
  }

  /** False: none is free. */
  takeSlot(slots: Slots, canReuse: boolean): boolean {
    const wish = { namespace: this.run.namespace, ids: this.ids };
    const slot = slots.take(wish);
    if (slot === undefined) return false;
    this.#reusedTokens = canReuse ? reusableTokens(slot, wish) : 0;
    this.#heldTokens = this.#reusedTokens;
    slot.namespace = wish.namespace;
    slot.held = [];
    this.#place = { slots, slot };
    return true;
  }

  /** What is in it is known, and its namespace may find it there. */
  leaveSlot(): void {
    if (this.#place === undefined) return;
    const { slots, slot } = this.#place;
    this.#place = undefined;
    slot.held = this.ids.slice(0, this.#heldTokens);
    slots.free(slot);
  }

  part(tokens: number): StepPart {
    const from = this.#heldTokens;
    const ids = this.ids.slice(from, from + tokens);
    const part = {
      adapter: this.run.adapterDigest,
      slot: this.#place?.slot.id ?? -1,
      from,
      ids,
    };
    return tokens < this.leftTokens ? part : { ...part, next: sampledNext(this, this.#seed) };
  }

  /** Its part of a step is over. */
  held(tokens: number, nowMs: number): void {
    this.#heldTokens += tokens;
    if (this.outputTokens > 0) return;
    const cached = this.#reusedTokens;
    this.prefilled({ cached, computed: this.#heldTokens - cached }, nowMs);
  }
}
