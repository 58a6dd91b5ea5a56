// What each client of a seed saw, in order and with world times: the record that checkers judge afterwards.

import type { Completed, Failed } from "#shared/messages/to-client.ts";
import type { PlannedRequest } from "./workload.ts";

export interface ClientHistory {
  readonly request: PlannedRequest;
  readonly openedAtMs: number;
  admissions: number;
  outputs: number;
  text: string;
  /** As the last output counted them. */
  outputTokens: number;
  end: (Completed | Failed) | undefined;
  endedAtMs: number;
  hungUpAtMs: number | undefined;
  /** Its edge died while it waited: what it saw is a broken socket. */
  isBroken: boolean;
  /** Its edge died before its bill was surely handed over. */
  isBillLost: boolean;
  /** What should not have been said to it. */
  readonly surprises: string[];
}

export const startHistory = (request: PlannedRequest, openedAtMs: number): ClientHistory => ({
  request,
  openedAtMs,
  admissions: 0,
  outputs: 0,
  text: "",
  outputTokens: 0,
  end: undefined,
  endedAtMs: 0,
  hungUpAtMs: undefined,
  isBroken: false,
  isBillLost: false,
  surprises: [],
});

/** Nothing more will be said to it. */
export const isOver = ({ end, hungUpAtMs, isBroken }: ClientHistory): boolean =>
  end !== undefined || hungUpAtMs !== undefined || isBroken;
