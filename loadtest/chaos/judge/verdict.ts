// What no scenario may do to anybody.

import type { ChaosRow } from "#loadtest/chaos/run-scenario.ts";

type Judged = Pick<
  ChaosRow,
  | "failed"
  | "lost_tokens"
  | "duplicated_tokens"
  | "foreign_tokens"
  | "leaked"
  | "billing_errors"
  | "wrong"
>;

export const isUnharmed = (row: Judged): boolean =>
  row.failed === 0 &&
  row.lost_tokens === 0 &&
  row.duplicated_tokens === 0 &&
  row.foreign_tokens === 0 &&
  row.leaked === 0 &&
  row.billing_errors === 0 &&
  row.wrong.length === 0;
