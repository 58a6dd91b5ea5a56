// How the next token is chosen. The simulated engine takes them and ignores them: its output is the oracle's.

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
}

/** Why an output ended, as the client is told. */
export type FinishReason = "stop" | "length" | "cancelled";
