// What whoever takes adapters in asks of an edge's desk: to run one short request with an uploaded adapter, as a client's would run.

import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Fields } from "./fields.ts";

export type ToTrialDesk = RunTrial;

/** Answered by `trial-ended`, with the same trial and round. Asked again if nothing comes: one that runs is not begun twice. */
export interface RunTrial {
  readonly kind: "run-trial";
  readonly trial: string;
  /** Grows with each time that another edge, or the same anew, is asked to run it. */
  readonly round: number;
  readonly model: string;
  readonly digest: AdapterDigest;
  /** A token within that, from its arrival. */
  readonly timeoutMs: number;
}

export const toTrialDeskFields: Fields<ToTrialDesk> = {
  "run-trial": {
    trial: "string",
    round: "number",
    model: "string",
    digest: "string",
    timeoutMs: "number",
  },
};
