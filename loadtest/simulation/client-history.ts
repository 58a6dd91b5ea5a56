// What each client of a seed saw, in order and with world times: the record that checkers judge afterwards.

import type { Completed, Failed } from "#shared/messages/to-client.ts";
import type { PlannedRequest } from "./workload.ts";

export interface ClientHistory {
  readonly request: PlannedRequest;
  /** Or when it came back. */
  openedAtMs: number;
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
  /** When that was, last. */
  billLostAtMs: number;
  /** The edge and the session that it reads from: another one after it came back. */
  edge: string;
  session: string;
  /** Id of the last event. */
  lastIndex: number;
  /** `will`: it lost its stream and is going to. `does`: it has asked for the rest. */
  comesBack: "not" | "will" | "does";
  /** How it stood when it lost its stream: again so, if it is refused the rest. */
  cut: Cut | undefined;
  /** It has come back, and was told that it is heard: from then on a session there answers for it. */
  isHeardAgain: boolean;
  /** Output tokens that it has had, though it may have thrown them away; it or who asked for the same under its name. */
  mostTokens: number;
  /** What was given by each session that it or who asked for the same has read, by that session's id. */
  readonly given: Map<string, GivenStream>;
  /** Who asked for the same. */
  readonly echoes: EchoHistory[];
  /** What should not have been said to it. */
  readonly surprises: string[];
}

export interface GivenStream {
  readonly edge: string;
  outputTokens: number;
  /** When it last gave something. */
  atMs: number;
  /** When its edge died before its bill was surely handed over. */
  lostAtMs: number | undefined;
}

/** It asks once, reads as long as it is told something, and does not come back. */
export interface EchoHistory {
  readonly request: PlannedRequest;
  readonly edge: string;
  readonly session: string;
  text: string;
  outputTokens: number;
  end: (Completed | Failed) | undefined;
  readonly surprises: string[];
}

export type Cut = Pick<
  ClientHistory,
  "hungUpAtMs" | "isBroken" | "isBillLost" | "text" | "outputTokens" | "edge" | "session"
>;

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
  billLostAtMs: 0,
  edge: request.edge,
  session: request.named?.session ?? request.requestId,
  lastIndex: -1,
  comesBack: "not",
  cut: undefined,
  isHeardAgain: false,
  mostTokens: 0,
  given: new Map(),
  echoes: [],
  surprises: [],
});

/** Nothing more will be said to it. */
export const isOver = ({ end, hungUpAtMs, isBroken, comesBack }: ClientHistory): boolean =>
  end !== undefined || ((hungUpAtMs !== undefined || isBroken) && comesBack !== "will");
