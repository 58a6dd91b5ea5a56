// What one client saw of one stream, from the outside.

/** Why a stream is over. `whole`: it ended with a finish reason and `[DONE]`. `cut`: by its own client. */
export type StreamEnd =
  | { readonly kind: "whole" }
  | { readonly kind: "cut" }
  | { readonly kind: "error"; readonly code: string }
  /** `unresumed`: why it was not read on; empty where nobody answered. */
  | { readonly kind: "broken"; readonly reason: string; readonly unresumed: string };

export interface StreamRecord {
  readonly tenant: string;
  /** `host:port` of the edge that took it. */
  readonly edge: string;
  readonly requestId: string;
  readonly prompt: string;
  /** As many as were asked for. */
  readonly outputTokens: number;
  /** All times of `performance.now`. */
  readonly askedAtMs: number;
  readonly firstAtMs: number;
  readonly endedAtMs: number;
  readonly text: string;
  readonly end: StreamEnd;
  /** How often it was read on at another edge. */
  readonly resumes: number;
  /** How often, since nobody kept it, it was asked for again under its key. */
  readonly repeats: number;
  /** Should its socket break, its client does not come back. */
  readonly staysAway: boolean;
  /** Pauses between two arrivals of text, longest first, a few. */
  readonly pauses: readonly Pause[];
}

export interface Pause {
  readonly fromMs: number;
  readonly forMs: number;
}

/** Answered with another status than 200: not accepted, so nothing was promised. */
export interface RefusalRecord {
  readonly tenant: string;
  readonly edge: string;
  readonly atMs: number;
  readonly code: string;
}
