// What every call of a sequence has in common: where it runs, what it asks, and what it may find there.

import type { DriverSequence } from "#services/worker/engine/drivers/driver-sequence.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { CompletionWish } from "./completion-body.ts";
import type { LlamaServer } from "./probe.ts";
import type { FindLost } from "./lost-tokens.ts";
import type { Slot } from "#services/worker/engine/drivers/slots.ts";

export interface SequencePorts {
  readonly server: LlamaServer;
  readonly slot: Slot;
  readonly nowMs: () => number;
  readonly findLost: FindLost;
  /** It lives; if there are tokens, they are in its ids already. */
  readonly onTokens: (tokens: readonly Token[]) => void;
}

/** A part of the output: up to the least length the natural end does not count. */
export interface Segment {
  readonly outputTokensMax: number;
  readonly ignoreEos: boolean;
}

/** What the server says it found must have been left there by this namespace. */
export function assertOwn(cachedTokens: number, { held }: Slot): void {
  if (cachedTokens <= held.length) return;
  throw new EngineFault(
    "leaked",
    `it reused ${cachedTokens - held.length} tokens of another's prompt`,
  );
}

export function wishOf(
  { ids, run, outputIndex }: DriverSequence,
  { server, slot }: SequencePorts,
  { segment, isStream }: { readonly segment: Segment; readonly isStream: boolean },
): CompletionWish {
  return {
    ids,
    slot: slot.id,
    adapter: run.adapterDigest === "" ? undefined : server.adapters.get(run.adapterDigest),
    adapterCount: server.adapterCount,
    mayReuse: slot.held.length > 0,
    outputTokensMax: segment.outputTokensMax,
    ignoreEos: segment.ignoreEos,
    sampling: run.sampling,
    outputIndex,
    isStream,
  };
}
