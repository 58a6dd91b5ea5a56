// What is wrong with a file, for whoever made it. Thrown by what reads files, caught where a reading begins.

import type { AdapterFlaw } from "#shared/model/adapter-desk.ts";

export type FlawCode =
  // it is no adapter file that can be read
  | "empty"
  | "archive"
  | "unknown_format"
  | "truncated"
  | "trailing_bytes"
  | "too_large"
  | "header_too_large"
  | "bad_header"
  | "duplicate_name"
  | "bad_offsets"
  | "unsupported_dtype"
  // it is one, and does not fit
  | "bad_name"
  | "bad_shape"
  | "unpaired"
  | "rank_mismatch"
  | "rank_too_large"
  | "layer_out_of_range"
  | "shape_mismatch"
  | "wrong_base"
  | "format_not_served"
  | "not_lora"
  | "bad_alpha"
  // its numbers are none to compute with
  | "not_finite"
  | "norm_too_large";

const kinds: Readonly<Record<FlawCode, AdapterFlaw["kind"]>> = {
  empty: "malformed",
  archive: "malformed",
  unknown_format: "malformed",
  truncated: "malformed",
  trailing_bytes: "malformed",
  too_large: "malformed",
  header_too_large: "malformed",
  bad_header: "malformed",
  duplicate_name: "malformed",
  bad_offsets: "malformed",
  unsupported_dtype: "malformed",
  bad_name: "unfit",
  bad_shape: "unfit",
  unpaired: "unfit",
  rank_mismatch: "unfit",
  rank_too_large: "unfit",
  layer_out_of_range: "unfit",
  shape_mismatch: "unfit",
  wrong_base: "unfit",
  format_not_served: "unfit",
  not_lora: "unfit",
  bad_alpha: "unfit",
  not_finite: "values",
  norm_too_large: "values",
};

export class Flaw extends Error implements AdapterFlaw {
  readonly code: FlawCode;
  /** The tensor or the field at fault, safe to show. */
  readonly at: string | undefined;

  constructor(code: FlawCode, message: string, at?: string) {
    super(message);
    this.name = "Flaw";
    this.code = code;
    this.at = at === undefined ? undefined : shown(at);
  }

  get kind(): AdapterFlaw["kind"] {
    return kinds[this.code];
  }
}

const shownMax = 120;

/** A name out of a stranger's file: nothing that a terminal or a log would act on, and not too much of it. */
export function shown(name: string): string {
  const plain = name.slice(0, shownMax + 1).replaceAll(/[^ -~]/g, "?");
  return plain.length > shownMax ? `${plain.slice(0, shownMax)}…` : plain;
}
