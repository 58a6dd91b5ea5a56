// What a shape of work (tenant, model, adapter, class) brought and what it cost, as operators are told it. Law: over a whole answer revenue
// adds up to what rating says for the period, and cost to wall × GPUs at their rates; what belongs to no shape is a line of its own.

import type { MarginFactor } from "./margin-factors.ts";

/** Empty: of all; a monthly fee is of a tenant and no model. */
export interface Shape {
  readonly tenant: string;
  readonly model: string;
  readonly adapterDigest: string;
  readonly poolClass: string;
}

export const shapeWords = ["tenant", "model", "adapterDigest", "poolClass"] as const;

export const shapeName = ({ tenant, model, adapterDigest, poolClass }: Shape): string =>
  JSON.stringify([tenant, model, adapterDigest, poolClass]);

/** Decimal texts of the answer's currency. */
export interface RevenueParts {
  readonly input: string;
  readonly cachedInput: string;
  readonly output: string;
  /** Of requests and by the month, minimums. */
  readonly fees: string;
  /** Use and residency. */
  readonly adapters: string;
  readonly reserved: string;
}

export interface MarginLine {
  /** Those that the answer is not summed over. */
  readonly shape: Partial<Shape>;
  readonly revenue: string;
  readonly parts: RevenueParts;
  readonly direct: string;
  readonly recompute: string;
  /** Idle, overhead, down and unaccounted, by what its requests had; and its adapters' coming in. */
  readonly allocated: string;
  readonly margin: string;
  /** Of revenue; absent: there was none. */
  readonly marginPercent?: string;
}

export interface MarginReport {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly currency: string;
  readonly by: "tenant" | "model" | "adapter" | "class" | "shape";
  readonly lines: readonly MarginLine[];
  /** GPU time that no settled usage of the period has: open requests, and those that began before it or ran on after it. */
  readonly unattributed: { readonly gpuUs: number; readonly cost: string };
  /** Rating rounds each invoice line to minor units; shapes are not rounded: the difference. */
  readonly rounding: string;
  readonly total: {
    readonly revenue: string;
    readonly cost: string;
    readonly margin: string;
    readonly marginPercent?: string;
  };
  /** For which no rate was in force. */
  readonly unpricedUs: number;
  /** What keeps an answer from being whole: usage without a price, tenants without an account. */
  readonly notes: readonly string[];
}

export interface ShapeReason {
  readonly factor: MarginFactor;
  readonly amount: string;
  /** In words, with the figures it comes from. */
  readonly evidence: string;
}

export interface ShapeVerdict {
  readonly shape: Shape;
  readonly requests: number;
  readonly revenue: string;
  readonly cost: string;
  /** Cost − revenue: the amounts of `reasons` and of `gains` add up to it. */
  readonly loss: string;
  /** Most first. */
  readonly reasons: readonly ShapeReason[];
  /** What took from the loss. */
  readonly gains: readonly ShapeReason[];
  /** Its engine did not tell prefill from decode: they are split by wall time until and after the first token. */
  readonly isSplitByWallTime?: true;
}

export interface ShapesReport {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly currency: string;
  /** Of all shapes with usage. */
  readonly shapesSeen: number;
  readonly unprofitable: number;
  /** Greatest loss first. */
  readonly shapes: readonly ShapeVerdict[];
  readonly notes: readonly string[];
}

export interface MarginQuestion {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly tenant?: string;
}

export interface MarginDesk {
  report(question: MarginQuestion & Pick<MarginReport, "by">): Promise<MarginReport>;
  /** `isAll`: profitable ones too, behind those that are not. */
  shapes(
    question: MarginQuestion & { readonly limit: number; readonly isAll: boolean },
  ): Promise<ShapesReport>;
}

export type MarginFault = "bad_period" | "no_rates" | "currency_mismatch";

/** Nothing was answered. */
export class MarginError extends Error {
  readonly code: MarginFault;

  constructor(code: MarginFault, message: string) {
    super(message);
    this.name = "MarginError";
    this.code = code;
  }
}
