// Gathers what an engine's streams bring in one turn of the event loop into one `step`: the worker handles a message a
// step, not one a token, and real engines answer all their sequences at about the same moment.

import type { Step, StepOutput } from "#shared/messages/from-engine.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";

/** What it needs to know of a sequence. */
export interface ToldSequence {
  readonly key: string;
  readonly blocks: number;
  totals(nowMs: number): ExecutedTotals;
  /** It holds nothing any more: its last totals. */
  end(nowMs: number): ExecutedTotals;
}

interface Gathered {
  readonly tokens: Token[];
  end: StepOutput["end"];
}

export interface GathererPorts<Sequence extends ToldSequence> {
  readonly nowMs: () => number;
  /** Blocks held by what runs, and all that there are. */
  readonly blocks: () => { readonly used: number; readonly total: number };
  /** Before it is told: the sequence holds nothing any more. */
  readonly onEnded: (sequence: Sequence) => void;
  readonly tell: (step: Step) => void;
}

export class StepGatherer<Sequence extends ToldSequence> {
  readonly #ports: GathererPorts<Sequence>;
  #gathered = new Map<Sequence, Gathered>();
  #turn: NodeJS.Immediate | undefined;

  constructor(ports: GathererPorts<Sequence>) {
    this.#ports = ports;
  }

  /** Without tokens it is a sign of life. */
  add(sequence: Sequence, tokens: readonly Token[], end?: StepOutput["end"]): void {
    let gathered = this.#gathered.get(sequence);
    if (gathered === undefined) {
      gathered = { tokens: [], end: undefined };
      this.#gathered.set(sequence, gathered);
    }
    gathered.tokens.push(...tokens);
    gathered.end = end ?? gathered.end;
    this.#turn ??= setImmediate(() => this.flush());
  }

  /** Now, for something that must not overtake it. */
  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    if (this.#gathered.size > 0) this.say();
  }

  /** Also if there is nothing but what is held. */
  say(): void {
    const gathered = this.#gathered;
    this.#gathered = new Map();
    const nowMs = this.#ports.nowMs();
    const outputs: StepOutput[] = [];
    for (const [sequence, { tokens, end }] of gathered) {
      const { key } = sequence;
      const totals = end === undefined ? sequence.totals(nowMs) : sequence.end(nowMs);
      if (end !== undefined) this.#ports.onEnded(sequence);
      const output = { sequence: key, tokens, blocks: sequence.blocks, totals };
      outputs.push(end === undefined ? output : { ...output, end });
    }
    const { used, total } = this.#ports.blocks();
    const freeBlocks = Math.max(0, total - used);
    this.#ports.tell({ kind: "step", outputs, usedBlocks: used, freeBlocks });
  }

  /** Everything that it has is of a life that is over. */
  forget(): void {
    this.#gathered.clear();
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }
}
