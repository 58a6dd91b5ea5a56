// What one owner has in hand of the tenant's token quota, and what it has asked the escrow for. `quota.ts` changes it.

import { AgedMap } from "#shared/actor/aged-map.ts";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
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
  readonly unclaimed: UnclaimedQuotas;
  /** What was last told of as an alert. */
  alerted: string;
}

/** Of requests that left without their session's last word. */
export interface UnclaimedQuotas {
  readonly byRequest: AgedMap<RequestId, UnclaimedQuota>;
  /** When the timer is due; infinite: it is not armed. */
  dueAtMs: number;
}

export interface UnclaimedQuota {
  readonly promptTokens: number;
  readonly allowance: OutputAllowance;
  readonly attempt: number;
  /** Output that this attempt was given as its prefix. */
  readonly forcedTokens: number;
  /** Prompt and output that are known to have run. */
  usedTokens: number;
  /** This attempt can run no more. */
  hasEnded: boolean;
  /** Its session's deadline, on this host's clock: from then on the session is over, and starts nothing. */
  readonly overAtMs: number;
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
  unclaimed: { byRequest: new AgedMap(), dueAtMs: Infinity },
  alerted: "",
});
