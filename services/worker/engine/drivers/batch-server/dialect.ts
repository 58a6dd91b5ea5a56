// What differs between the servers that batch by themselves, vLLM and SGLang: how each is asked, and how it answers.
// Everything else is the driver's, and the same for both.

import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { Token } from "#shared/model/tokenizer.ts";

/** What a server says of itself, before anything runs on it. */
export interface ServerProfile {
  readonly workerType: string;
  /** Of one sequence, prompt and output. */
  readonly contextTokens: number;
  readonly kvBlocks: number;
  /** Adapters that it holds at a time without any giving way. */
  readonly adapterSlots: number;
  /** Names of adapters that it has from an earlier life of this driver, or from its start. */
  readonly leftAdapters: readonly string[];
}

export interface Gauges {
  readonly running: number;
  readonly waiting: number;
  /** Requests whose logits were not numbers, since the server began. */
  readonly corrupted: number;
}

export interface Wish {
  /** Ours, of fixed width, and never used twice. */
  readonly id: string;
  readonly ids: readonly Token[];
  /** Its name at the server is its digest. Empty: the base model. */
  readonly adapter: AdapterDigest;
  readonly salt: string;
  /** As the server understands it. Absent: it has no priorities that are known to work. */
  readonly priority?: number;
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly sampling: Sampling;
}

/** One event of a stream. */
export interface Said {
  /** New ones; the end-of-text token is not among them. */
  readonly tokens: readonly Token[];
  /** Of the prompt, as soon as the server tells. */
  readonly cachedTokens?: number;
  readonly end?: "stop" | "length" | "aborted";
}

/** Of one stream. Throws an `EngineFault` when the server breaks its own rules. */
export type ReadEvent = (data: string) => Said | undefined;

export interface Dialect {
  /** Rejects with an `EngineFault` that tells an operator what to do. */
  probe(): Promise<ServerProfile>;
  gauges(): Promise<Gauges>;
  generate(wish: Wish): { readonly url: string; readonly body: string };
  reader(wish: Wish): ReadEvent;
  /** Ends it, where closing its connection is not enough. At most once, and only while it lives. */
  readonly abort?: (id: string) => Promise<void>;
  load(digest: AdapterDigest, path: string): Promise<void>;
  unload(name: string): Promise<void>;
}
