// Who runs on a server, who waits for it, and whose turn ends: by our own count of slots and blocks, so that nothing waits
// or is preempted inside it, where nobody could say whose turn it is.

import type { ServedSequence } from "./served-sequence.ts";
import { preemptionsMax } from "#shared/model/victim-order.ts";

export interface LineSize {
  readonly sequencesMax: number;
  readonly kvBlocks: number;
}

export class SequenceLine {
  readonly #size: LineSize;
  readonly #sequences = new Map<string, ServedSequence>();

  constructor(size: LineSize) {
    this.#size = size;
  }

  get(key: string): ServedSequence | undefined {
    return this.#sequences.get(key);
  }

  all(): Iterable<ServedSequence> {
    return this.#sequences.values();
  }

  add(sequence: ServedSequence): void {
    this.#sequences.set(sequence.key, sequence);
  }

  remove({ key }: ServedSequence): void {
    this.#sequences.delete(key);
  }

  /** A stopping one leaves its slot to the next, which waits here until it is free. */
  get isFull(): boolean {
    let wanted = 0;
    for (const { isStopping } of this.#sequences.values()) wanted += isStopping ? 0 : 1;
    return wanted >= this.#size.sequencesMax;
  }

  get usedBlocks(): number {
    let used = 0;
    for (const { blocks } of this.#sequences.values()) used += blocks;
    return Math.min(used, this.#size.kvBlocks);
  }

  get isFreeing(): boolean {
    for (const { phase } of this.#sequences.values()) if (phase === "freeing") return true;
    return false;
  }

  /** The next that may begin; `takenSlots` are taken by others than sequences. */
  next(takenSlots: number): ServedSequence | undefined {
    let slots = takenSlots;
    let blocks = 0;
    let first: ServedSequence | undefined;
    for (const sequence of this.#sequences.values()) {
      if (sequence.holdsSlot) {
        slots++;
        blocks += sequence.neededBlocks;
      } else if (sequence.phase === "waiting" && !sequence.isStopping) {
        if (first === undefined || isBefore(sequence, first)) first = sequence;
      }
    }
    const fits = slots < this.#size.sequencesMax;
    if (first === undefined || !fits) return undefined;
    return blocks + first.neededBlocks <= this.#size.kvBlocks ? first : undefined;
  }

  /** Those whose blocks the others need, so that all can go on. */
  victims(): readonly ServedSequence[] {
    let blocks = 0;
    const running: ServedSequence[] = [];
    for (const sequence of this.#sequences.values()) {
      if (sequence.phase !== "running") continue;
      blocks += sequence.neededBlocks;
      running.push(sequence);
    }
    const victims: ServedSequence[] = [];
    while (blocks > this.#size.kvBlocks && running.length > victims.length + 1) {
      const victim = pickVictim(running.filter((sequence) => !victims.includes(sequence)));
      if (victim === undefined) break;
      victims.push(victim);
      blocks -= victim.neededBlocks;
    }
    return victims;
  }
}

/** What was preempted goes on before anything new of its band, the earliest arrival first. */
function isBefore(a: ServedSequence, b: ServedSequence): boolean {
  if (a.band !== b.band) return a.band < b.band;
  const [hasRun, other] = [a.preemptions > 0, b.preemptions > 0];
  return hasRun === other ? a.order < b.order : hasRun;
}

/**
 * The lowest band, then the latest arrival, as these servers choose themselves: by size it could not be, for how many
 * tokens each has said differs by what is still on its way. What cannot be gone on with is left to the server to preempt.
 */
function pickVictim(running: readonly ServedSequence[]): ServedSequence | undefined {
  let victim: ServedSequence | undefined;
  for (const sequence of running) {
    if (!sequence.canBeRebuilt) continue;
    if (victim === undefined || isEarlierVictim(sequence, victim)) victim = sequence;
  }
  return victim;
}

function isEarlierVictim(a: ServedSequence, b: ServedSequence): boolean {
  const [isSpared, other] = [a.preemptions >= preemptionsMax, b.preemptions >= preemptionsMax];
  if (isSpared !== other) return other;
  return a.band === b.band ? a.order > b.order : a.band > b.band;
}
