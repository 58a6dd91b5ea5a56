// What whoever takes adapters in hears of their trials. Senders: the trial desks of edges.

import type { TrialVerdict } from "#shared/model/adapter-trial.ts";
import type { Fields } from "./fields.ts";

export type ToAdapterTrials = TrialEnded;

/** What became of one round of a trial. */
export interface TrialEnded {
  readonly kind: "trial-ended";
  readonly trial: string;
  readonly round: number;
  readonly verdict: TrialVerdict;
  /** For operators and, of `failed`, for the tenant: a refusal's code. Empty: passed. */
  readonly code: string;
}

export const toAdapterTrialsFields: Fields<ToAdapterTrials> = {
  "trial-ended": { trial: "string", round: "number", verdict: "string", code: "string" },
};
