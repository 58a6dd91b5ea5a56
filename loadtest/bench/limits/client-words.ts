// What the process of the clients is told and tells.

import type { Answered } from "./admissions.ts";

export interface ClientsSettings {
  /** Of each edge. */
  readonly urls: readonly string[];
  readonly clientsPerEdge: number;
  readonly key: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export type ToClients =
  | { readonly kind: "begin"; readonly settings: ClientsSettings }
  | { readonly kind: "stop" };

/** What all clients met. */
export interface ClientCounts {
  readonly completed: number;
  /** By the error's code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly broken: number;
  /** How late this process was at its own timers, at most: a large one would mean that it was starved. */
  readonly lateMsMax: number;
}

export interface FromClients {
  readonly kind: "stopped";
  readonly counts: ClientCounts;
  readonly answered: readonly Answered[];
}
