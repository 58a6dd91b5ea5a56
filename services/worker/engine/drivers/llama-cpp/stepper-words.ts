// What a driver and the process that holds its native engine say to each other: orders, each answered once, in order.

import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";

/** First of all. */
export interface OpenModel {
  readonly kind: "open-model";
  readonly modelPath: string;
  readonly threads: number;
  /** Sequences that each of its contexts has. */
  readonly slots: number;
  /** A slot holds no more. */
  readonly slotTokens: number;
  /** A step has no more. */
  readonly stepTokensMax: number;
}

/** Weights of a digest, in a context of their own: sequences of one context cannot differ in theirs. */
export interface AddContext {
  readonly kind: "add-context";
  readonly adapter: AdapterDigest;
  readonly path: string;
}

export interface DropContext {
  readonly kind: "drop-context";
  readonly adapter: AdapterDigest;
}

/** One iteration over all contexts. */
export interface ComputeStep {
  readonly kind: "compute-step";
  readonly parts: readonly StepPart[];
}

/** What one slot computes. */
export interface StepPart {
  /** Which context; empty: the base model's. */
  readonly adapter: AdapterDigest;
  readonly slot: number;
  /** Position of the first of them; what the slot holds from there on is forgotten. */
  readonly from: number;
  readonly ids: readonly Token[];
  /** How the token behind them is chosen. Absent: it is not wanted. */
  readonly next?: NextToken;
}

export interface NextToken {
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** The output so far; empty unless there are penalties. */
  readonly output: readonly Token[];
  /** No end token may be chosen. */
  readonly mustGoOn: boolean;
}

export type StepperOrder = OpenModel | AddContext | DropContext | ComputeStep;

export interface ModelOpened {
  readonly kind: "model-opened";
  /** Tokens that a slot can hold: what was asked for, or what the model was trained on. */
  readonly slotTokens: number;
  /** A slot can be cut back to a prefix. */
  readonly canReuse: boolean;
  /** Its tokens are the ids below. */
  readonly vocabularySize: number;
}

export interface OrderDone {
  readonly kind: "order-done";
}

export interface StepComputed {
  readonly kind: "step-computed";
  /** Of each part; -1: an end token, -2: none was wanted. */
  readonly tokens: readonly Token[];
  readonly tookMs: number;
}

export interface OrderFailed {
  readonly kind: "order-failed";
  readonly why: string;
}

export type StepperAnswer = ModelOpened | OrderDone | StepComputed | OrderFailed;

export const endToken = -1;
export const noToken = -2;
