// One streamed call: tokens as they come, until the server ends it, or until it shows that it lost some.

import type { DriverSequence } from "#services/worker/engine/drivers/driver-sequence.ts";
import { streamEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault, isFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { EventReader } from "#services/worker/engine/drivers/event-stream.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { completionBody } from "./completion-body.ts";
import type { Final, OneToken, Progress } from "./completion-event.ts";
import { readEvent } from "./completion-event.ts";
import type { Segment, SequencePorts } from "./sequence-call.ts";
import { assertOwn, wishOf } from "./sequence-call.ts";

export interface Streamed {
  /** Undefined: the stream was closed here, for it had lost tokens. */
  readonly end: Final["end"] | undefined;
  /** Ids that no event brought, up to where the stream was when that was seen. */
  readonly lostTokens: number;
}

export async function streamCompletion(
  sequence: DriverSequence,
  ports: SequencePorts,
  segment: Segment,
): Promise<Streamed> {
  const hearing = new Hearing(sequence, ports);
  const reader = new EventReader((data) => hearing.hear(data));
  const body = completionBody(wishOf(sequence, ports, { segment, isStream: true }));
  const signal = AbortSignal.any([sequence.closing.signal, hearing.leaving.signal]);
  const url = `${ports.server.url}/completion`;
  try {
    await streamEngine(
      { url, method: "POST", body, signal },
      {
        onOpen: (stream) => sequence.opened(stream),
        onText: (text) => reader.read(text),
      },
    );
  } catch (error) {
    if (!hearing.leaving.signal.aborted || !isFault(error, "closed")) throw error;
  } finally {
    sequence.opened(undefined);
  }
  if (sequence.isStopping) throw new EngineFault("closed", "stopped");
  return hearing.streamed();
}

class Hearing {
  readonly leaving: AbortController = new AbortController();
  readonly #sequence: DriverSequence;
  readonly #ports: SequencePorts;
  #seenTokens = 0;
  #lostTokens = 0;
  #end: Final["end"] | undefined;
  /** Without text: perhaps the end token, which is none of the output. What follows tells. */
  #silent: Token[] = [];
  #isPrefilled = false;

  constructor(sequence: DriverSequence, ports: SequencePorts) {
    this.#sequence = sequence;
    this.#ports = ports;
  }

  hear(data: string): void {
    if (this.leaving.signal.aborted || this.#sequence.isStopping) return;
    const event = readEvent(data);
    switch (event.kind) {
      case "progress":
        return this.#progress(event);
      case "token":
        return this.#token(event);
      case "final":
        return this.#final(event);
      default:
        return event satisfies never;
    }
  }

  streamed(): Streamed {
    if (this.#end === undefined && this.#lostTokens === 0) {
      throw new EngineFault("broken", "the stream ended without its end");
    }
    return { end: this.#end, lostTokens: this.#lostTokens };
  }

  #progress({ cachedTokens, doneTokens }: Progress): void {
    const { slot, nowMs } = this.#ports;
    const sequence = this.#sequence;
    assertOwn(cachedTokens, slot);
    // A later call of the same sequence finds its own tokens: that is no prefix hit.
    if (sequence.outputTokens > 0) return;
    const cached = sequence.cachedTokens ?? cachedTokens;
    const done = Math.min(doneTokens, sequence.givenTokens);
    sequence.prefilled({ cached, computed: Math.max(0, done - cached) }, nowMs());
    this.#ports.onTokens([]);
  }

  #token({ token, text, predicted }: OneToken): void {
    this.#seenTokens++;
    const lostTokens = predicted - this.#seenTokens;
    if (lostTokens > 0) {
      const found = this.#ports.findLost({ text, token, lostTokens });
      if (found === undefined) return this.#lose(lostTokens + 1);
      this.#seenTokens = predicted;
      this.#silent.push(...found);
    }
    this.#silent.push(token);
    if (text !== "") this.#tell();
  }

  #lose(tokens: number): void {
    this.#tell();
    this.#lostTokens = tokens;
    this.#ports.slot.held = this.#sequence.ids.slice();
    this.leaving.abort();
  }

  #final({ end, predicted }: Final): void {
    if (predicted > this.#seenTokens) return this.#lose(predicted - this.#seenTokens);
    if (end === "eos") this.#silent.pop();
    this.#tell();
    this.#end = end;
    this.#ports.slot.held = this.#sequence.ids.slice();
  }

  #tell(): void {
    if (this.#silent.length === 0) return;
    const tokens = this.#silent;
    this.#silent = [];
    const nowMs = this.#ports.nowMs();
    if (!this.#isPrefilled) this.#prefilledWholly(nowMs);
    this.#sequence.produced(tokens, nowMs);
    this.#ports.onTokens(tokens);
  }

  /** A token proves that all before it was computed. */
  #prefilledWholly(nowMs: number): void {
    this.#isPrefilled = true;
    const { outputTokens, givenTokens, cachedTokens = 0 } = this.#sequence;
    if (outputTokens > 0) return;
    this.#sequence.prefilled({ cached: cachedTokens, computed: givenTokens - cachedTokens }, nowMs);
  }
}
