// What one owner has in hand of the tenant's quotas, and what it has asked the escrow for. `quota.ts` changes it.

import { AgedMap } from "#shared/actor/aged-map.ts";
import type { EscrowReturn, ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { Amounts, QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import type { KeptSubmit } from "./collection.ts";

export interface QuotaAccount {
  /** Of the last exchange. */
  seq: number;
  open: ExchangeEscrow | undefined;
  /** Those that stand; all four, or nothing can be taken. */
  readonly windows: Map<QuotaPeriod, QuotaWindow>;
  /** Of windows that are over: goes back with the next exchange. One window for each period and metric. */
  late: readonly EscrowReturn[];
  /** Submits that an exchange decides, with what they need of each window. */
  readonly kept: Map<RequestId, KeptDemand>;
  readonly unclaimed: UnclaimedQuotas;
  /** Alerts that this owner has told, by quota, window and level. */
  readonly alerted: Set<string>;
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
  /** Known to have run. */
  hasRun: boolean;
  outputTokens: number;
  gpuUs: number;
  /** This attempt can run no more. */
  hasEnded: boolean;
  /** Its session's deadline, on this host's clock: from then on the session is over, and starts nothing. */
  readonly overAtMs: number;
}

export interface KeptDemand {
  readonly kept: KeptSubmit;
  readonly wants: ReadonlyMap<QuotaPeriod, Amounts>;
}

export interface QuotaWindow {
  readonly window: string;
  /** By all owners, as the last exchange told. */
  taken: Amounts;
  /** Taken and held for no request. Negative where no hard quota stands: used, and not taken yet. */
  readonly free: Record<QuotaMetric, number>;
  /** On the host's clock. */
  readonly endsAtMs: number;
  readonly endsAtEpochMs: number;
  readonly endsAt: string;
}

export const openQuotaAccount = (): QuotaAccount => ({
  seq: 0,
  open: undefined,
  windows: new Map(),
  late: [],
  kept: new Map(),
  unclaimed: { byRequest: new AgedMap(), dueAtMs: Infinity },
  alerted: new Set(),
});
