// What one owner has in hand of the tenant's token quota, and what it has asked the escrow for. `quota.ts` changes it.

import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { KeptSubmit } from "./collection.ts";

export interface QuotaAccount {
  /** Of the last exchange. */
  seq: number;
  open: ExchangeEscrow | undefined;
  /** Taken, in the standing windows, and held for no request. */
  freeTokens: number;
  windows: QuotaWindows | undefined;
  /** Free when its day ended: the month's still. Goes back with the next exchange. */
  stale: TakenTokens | undefined;
  /** Submits that an exchange decides, with what they need. */
  readonly kept: Map<RequestId, { readonly kept: KeptSubmit; readonly tokens: number }>;
  /** What was last told of as an alert. */
  alerted: string;
}

/** With the windows that they were taken in. */
export interface TakenTokens {
  readonly tokens: number;
  readonly day: string;
  readonly month: string;
}

export interface QuotaWindows {
  readonly day: string;
  readonly month: string;
  readonly dayTokens: number;
  readonly monthTokens: number;
  /** On the host's clock. */
  readonly dayEndsAtMs: number;
  readonly monthEndsAtMs: number;
}

export const openQuotaAccount = (): QuotaAccount => ({
  seq: 0,
  open: undefined,
  freeTokens: 0,
  windows: undefined,
  stale: undefined,
  kept: new Map(),
  alerted: "",
});
