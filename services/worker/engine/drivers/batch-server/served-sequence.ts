// One sequence on a server that batches by itself, as its driver accounts for it. It may run in several pieces: what was
// said so far is prompt to the next. Law: every token is told once, in order, and none that is not in `ids`.

import type { Run } from "#shared/messages/to-engine.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { hasPenalties } from "./run-refusal.ts";
import type { EngineTime, TimeShare } from "#services/worker/engine/drivers/engine-time.ts";

/** Until its driver hears of it, a server may be this many tokens ahead. */
const aheadTokens = 8;

export interface SequenceTerms {
  readonly run: Run;
  /** Prompt and forced prefix. */
  readonly ids: readonly Token[];
  /** Grows with each arrival. */
  readonly order: number;
  readonly blockTokens: number;
  /** Of its prompt, at most. */
  readonly mayBeCached: number;
  readonly time: EngineTime;
}

/** From one asking of the server to its end. */
interface Piece {
  readonly share: TimeShare;
  readonly begunAtMs: number;
  /** Its prompt, as the server sees it. */
  readonly ids: number;
  readonly isFirst: boolean;
  /** Of its prompt, as computed. */
  chargedTokens: number;
  firstTokenAtMs: number | undefined;
}

export class ServedSequence {
  readonly run: Run;
  readonly key: string;
  readonly order: number;
  readonly band: number;
  /** Prompt, forced prefix and output. */
  readonly ids: Token[];
  /** Of those, not output. */
  readonly givenTokens: number;
  /** Wants to run; at the server; being taken back; said all, but not all of it is told; over. */
  phase: "waiting" | "running" | "freeing" | "said" | "over" = "waiting";
  isPaused = false;
  isStopping = false;
  saidEnd: "stop" | "length" | undefined;
  preemptions = 0;
  /** Streams that broke under it. */
  breaks = 0;
  #told: number;
  #piece: Piece | undefined;
  #cachedTokens = 0;
  #prefillTokens = 0;
  #gpuUs = 0;
  #prefillMs = 0;
  #decodeMs = 0;
  #blockMs = 0;
  #heldSinceMs = 0;
  readonly #blockTokens: number;
  readonly #mayBeCached: number;
  readonly #time: EngineTime;
  #hasRun = false;

  constructor({ run, ids, order, blockTokens, mayBeCached, time }: SequenceTerms) {
    this.run = run;
    this.key = run.sequence;
    this.order = order;
    this.band = run.band ?? 0;
    this.ids = [...ids];
    this.givenTokens = ids.length;
    this.#told = ids.length;
    this.#blockTokens = blockTokens;
    this.#mayBeCached = mayBeCached;
    this.#time = time;
  }

  /** Of all its output, forced tokens counted. */
  get outputIndex(): number {
    return this.ids.length - this.run.promptTokens;
  }

  get holdsSlot(): boolean {
    return this.phase === "running" || this.phase === "freeing";
  }

  /** Held, as far as is known; what it has said and nobody has taken still counts. */
  get blocks(): number {
    const holds = this.phase !== "waiting" && this.phase !== "over";
    return holds ? blocksFor(this.ids.length, this.#blockTokens) : 0;
  }

  /** What must be there for it, with what the server may be ahead. */
  get neededBlocks(): number {
    const most = this.run.promptTokens + this.run.outputTokensMax;
    return blocksFor(Math.min(this.ids.length + aheadTokens, most), this.#blockTokens);
  }

  get canBeRebuilt(): boolean {
    return !hasPenalties(this.run);
  }

  begin(nowMs: number): void {
    this.#charge(nowMs);
    this.#piece = {
      share: this.#time.begin(
        this.run.tenant,
        nowMs,
        this.#hasRun || this.run.forcedPrefix.length > 0,
      ),
      begunAtMs: nowMs,
      ids: this.ids.length,
      isFirst: !this.#hasRun,
      chargedTokens: 0,
      firstTokenAtMs: undefined,
    };
    this.#hasRun = true;
    this.phase = "running";
  }

  said(tokens: readonly Token[], nowMs: number): void {
    const piece = this.#piece;
    if (piece === undefined || tokens.length === 0) return;
    this.#charge(nowMs);
    if (piece.firstTokenAtMs === undefined) {
      piece.firstTokenAtMs = nowMs;
      this.#time.produced(piece.share, nowMs);
      // Of a later piece all that this one computed may be found.
      if (piece.isFirst) this.#chargePrompt(piece, this.#mayBeCached);
    }
    this.ids.push(...tokens);
  }

  /** The server's own word on what it found of this piece's prompt. */
  cached(tokens: number): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    if (piece.isFirst) this.#cachedTokens = Math.min(tokens, this.run.promptTokens);
    this.#chargePrompt(piece, tokens);
  }

  #chargePrompt(piece: Piece, cachedTokens: number): void {
    const moreTokens = Math.max(0, piece.ids - cachedTokens - piece.chargedTokens);
    piece.chargedTokens += moreTokens;
    this.#prefillTokens += moreTokens;
  }

  /** The server holds nothing for it any more. */
  leave(nowMs: number): void {
    this.#charge(nowMs);
    const piece = this.#piece;
    if (piece === undefined) return;
    this.#piece = undefined;
    this.#gpuUs += this.#time.end(piece.share, nowMs);
    const firstTokenAtMs = piece.firstTokenAtMs ?? nowMs;
    this.#prefillMs += firstTokenAtMs - piece.begunAtMs;
    this.#decodeMs += nowMs - firstTokenAtMs;
  }

  /** Output that was not told yet. It is now. */
  takeUntold(): Token[] {
    const tokens = this.ids.slice(this.#told);
    this.#told = this.ids.length;
    return tokens;
  }

  totals(nowMs: number): ExecutedTotals {
    this.#charge(nowMs);
    const piece = this.#piece;
    const firstTokenAtMs = piece?.firstTokenAtMs ?? nowMs;
    const begunAtMs = piece?.begunAtMs ?? nowMs;
    const spentUs = piece === undefined ? 0 : this.#time.spentUs(piece.share, nowMs);
    return {
      prefillTokens: this.#prefillTokens,
      cachedTokens: this.#cachedTokens,
      outputTokens: this.#told - this.givenTokens,
      kvBlockMs: Math.ceil(this.#blockMs),
      gpuUs: this.#gpuUs + spentUs,
      prefillMs: Math.ceil(this.#prefillMs + firstTokenAtMs - begunAtMs),
      decodeMs: Math.ceil(this.#decodeMs + nowMs - firstTokenAtMs),
      preemptions: this.preemptions,
    };
  }

  /** All of it is told, or nobody wants the rest. */
  end(nowMs: number): ExecutedTotals {
    this.leave(nowMs);
    const totals = this.totals(nowMs);
    this.phase = "over";
    return totals;
  }

  #charge(nowMs: number): void {
    this.#blockMs += this.blocks * Math.max(0, nowMs - this.#heldSinceMs);
    this.#heldSinceMs = nowMs;
  }
}
