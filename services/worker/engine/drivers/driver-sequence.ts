// One sequence on a real engine, as its driver accounts for it: what it holds and what it has cost. Blocks are counted
// here, for such an engine does not tell them.

import type { Run } from "#shared/messages/to-engine.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { EngineStream } from "./engine-call.ts";
import type { EngineTime, TimeShare } from "./engine-time.ts";

/** Longer than what an engine is given to begin at once. */
const stopPatienceMs = 1_000;

export interface SequenceTerms {
  readonly run: Run;
  readonly promptIds: readonly Token[];
  readonly blockTokens: number;
  readonly time: EngineTime;
  readonly nowMs: number;
}

export class DriverSequence {
  readonly run: Run;
  readonly key: string;
  /** Prompt, forced prefix and output. */
  readonly ids: Token[];
  /** Of those, not output. */
  readonly givenTokens: number;
  /** Closes whatever it has open at the engine. */
  readonly closing: AbortController = new AbortController();
  #hasBegun = false;
  #isStopping = false;
  #isPaused = false;
  #stream: EngineStream | undefined;
  #onResume: (() => void) | undefined;
  #cachedTokens: number | undefined;
  #computedTokens = 0;
  #blockMs = 0;
  #heldSinceMs: number;
  #firstTokenAtMs: number | undefined;
  #endedTotals: ExecutedTotals | undefined;
  readonly #begunAtMs: number;
  readonly #blockTokens: number;
  readonly #time: EngineTime;
  readonly #share: TimeShare;

  constructor({ run, promptIds, blockTokens, time, nowMs }: SequenceTerms) {
    this.run = run;
    this.key = run.sequence;
    this.ids = [...promptIds, ...run.forcedPrefix];
    this.givenTokens = this.ids.length;
    this.#blockTokens = blockTokens;
    this.#time = time;
    this.#share = time.begin(run.tenant, nowMs, run.forcedPrefix.length > 0);
    this.#begunAtMs = nowMs;
    this.#heldSinceMs = nowMs;
  }

  get outputTokens(): number {
    return this.ids.length - this.givenTokens;
  }

  /** Position of its next output token, forced ones counted. */
  get outputIndex(): number {
    return this.outputTokens + this.run.forcedPrefix.length;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Of its prompt, found when it first ran. Undefined: not known yet. */
  get cachedTokens(): number | undefined {
    return this.#cachedTokens;
  }

  /** The engine hears of it from here on. */
  begun(): void {
    this.#hasBegun = true;
  }

  /** What streams its tokens now; undefined: nothing does. */
  opened(stream: EngineStream | undefined): void {
    this.#stream = stream;
    if (stream === undefined) return;
    if (this.#isStopping) this.closing.abort();
    else if (this.#isPaused) stream.pause();
  }

  /**
   * No more of it is heard. A call that the engine has not begun cannot be closed with effect: it would begin it for
   * nobody. So it is awaited, but no longer than that takes.
   */
  stop(): void {
    this.#isStopping = true;
    this.resume();
    if (this.#stream !== undefined || !this.#hasBegun) this.closing.abort();
    else setTimeout(() => this.closing.abort(), stopPatienceMs).unref();
  }

  /** Its reader is full: what comes is left in the socket. */
  pause(): void {
    if (this.#isStopping) return;
    this.#isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
    this.#onResume?.();
    this.#onResume = undefined;
  }

  async untilResumed(): Promise<void> {
    if (!this.#isPaused) return;
    await new Promise<void>((resolve) => {
      this.#onResume = resolve;
    });
  }

  get blocks(): number {
    const tokens = (this.#cachedTokens ?? 0) + this.#computedTokens + this.outputTokens;
    return this.#endedTotals === undefined ? blocksFor(tokens, this.#blockTokens) : 0;
  }

  /** So far, of its prompt and forced prefix. */
  prefilled(tokens: { readonly cached: number; readonly computed: number }, nowMs: number): void {
    this.#charge(nowMs);
    this.#cachedTokens = tokens.cached;
    this.#computedTokens = tokens.computed;
  }

  produced(tokens: readonly Token[], nowMs: number): void {
    this.#charge(nowMs);
    this.#firstTokenAtMs ??= nowMs;
    this.#time.produced(this.#share, nowMs);
    this.ids.push(...tokens);
  }

  totals(nowMs: number): ExecutedTotals {
    if (this.#endedTotals !== undefined) return this.#endedTotals;
    this.#charge(nowMs);
    return this.#totals(this.#time.spentUs(this.#share, nowMs), nowMs);
  }

  /** It holds nothing any more. */
  end(nowMs: number): ExecutedTotals {
    if (this.#endedTotals !== undefined) return this.#endedTotals;
    this.#charge(nowMs);
    const totals = this.#totals(this.#time.end(this.#share, nowMs), nowMs);
    this.#endedTotals = totals;
    return totals;
  }

  #totals(gpuUs: number, nowMs: number): ExecutedTotals {
    const firstTokenAtMs = this.#firstTokenAtMs ?? nowMs;
    return {
      prefillTokens: this.#computedTokens,
      cachedTokens: this.#cachedTokens ?? 0,
      outputTokens: this.outputTokens,
      kvBlockMs: Math.ceil(this.#blockMs),
      gpuUs,
      prefillMs: Math.ceil(firstTokenAtMs - this.#begunAtMs),
      decodeMs: Math.ceil(nowMs - firstTokenAtMs),
      preemptions: 0,
    };
  }

  #charge(nowMs: number): void {
    this.#blockMs += this.blocks * Math.max(0, nowMs - this.#heldSinceMs);
    this.#heldSinceMs = nowMs;
  }
}
