// Drives one policy by hand, for tests: tenants by name, offers that wait, charges that run, and who is seen when.

import type { Offer } from "#shared/messages/to-router.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import type { Charge, TenantAccount } from "#services/router/tenant-account.ts";
import { openAccount } from "#services/router/tenant-account.ts";
import type { WaitingOffer } from "#services/router/waiting-offer.ts";
import { waitingOffer } from "#services/router/waiting-offer.ts";
import type { Policy } from "./policy.ts";

export interface Wish {
  readonly promptTokens: number;
  readonly predicted: number;
  readonly weight: number;
  readonly band: number;
  readonly bandFloorPercent?: number;
}

export interface Taken {
  readonly account: TenantAccount;
  readonly waiting: WaitingOffer;
  readonly charge: Charge;
}

const usual: Wish = { promptTokens: 10, predicted: 10, weight: 1, band: 0 };

export class ScriptedPolicy {
  readonly policy: Policy;
  readonly accounts: Map<string, TenantAccount> = new Map();
  nowMs = 0;
  #requests = 0;

  constructor(policy: Policy) {
    this.policy = policy;
  }

  account(tenant: string, { weight, band }: Pick<Wish, "weight" | "band"> = usual): TenantAccount {
    const known = this.accounts.get(tenant);
    if (known !== undefined) return known;
    const account = openAccount(tenant as TenantId, band, weight);
    this.accounts.set(tenant, account);
    return account;
  }

  enter(tenant: string, wish: Partial<Wish> = {}, startTag: number = 0): WaitingOffer {
    const whole = { ...usual, ...wish };
    const account = this.account(tenant, whole);
    const waiting = waitingOffer(this.#offer(tenant, whole), 16, this.nowMs);
    this.policy.enter(account, waiting, startTag);
    return waiting;
  }

  nextRequestId(): RequestId {
    return `r${String(this.#requests + 1).padStart(6, "0")}` as RequestId;
  }

  #offer(tenant: string, { promptTokens, predicted, ...terms }: Wish): Offer {
    const requestId = this.nextRequestId();
    const number = ++this.#requests;
    const cost = promptTokens * 1000 + predicted * 2000;
    return {
      kind: "offer",
      requestId,
      attempt: 1,
      tenant: tenant as TenantId,
      position: number,
      ...terms,
      cost,
      promptTokens,
      outputTokensPredicted: predicted,
      outputTokensMax: 1_000_000,
    } as Offer;
  }

  /** Tenants in the order in which they would be served. */
  order(limit: number = 1000): string[] {
    const seen: string[] = [];
    this.policy.visit({ limit, nowMs: this.nowMs }, ({ tenant }) => {
      seen.push(tenant);
      return true;
    });
    return seen;
  }

  /** Takes the first offer of who is first; absent when nobody is. `believed`: cached prompt tokens. */
  takeFirst(believed: (waiting: WaitingOffer) => number = () => 0): Taken | undefined {
    let first: TenantAccount | undefined;
    this.policy.visit({ limit: 1, nowMs: this.nowMs }, (account) => {
      first = account;
      return false;
    });
    return first === undefined ? undefined : this.take(first, believed);
  }

  take(account: TenantAccount, believed: (waiting: WaitingOffer) => number = () => 0): Taken {
    const waiting = account.waiting.least();
    if (waiting === undefined) throw new Error(`${account.tenant} has nothing waiting`);
    const charge = this.policy.take(account, this.nowMs, { cachedTokens: believed(waiting) });
    return { account, waiting, charge };
  }

  /** Its place fell through before it ran. */
  giveBack({ account, waiting, charge }: Taken): void {
    this.policy.settle(account, charge, 0);
    this.policy.reenter(account, waiting, charge.startTag);
  }

  /** Its end, after so much work, µcost. */
  end({ account, charge }: Taken, executedCost: number): void {
    this.policy.settle(account, charge, executedCost);
  }

  /** One tenant's next request, taken and run to its end. */
  serve(tenant: string, executedCost: number): void {
    this.end(this.take(this.account(tenant)), executedCost);
  }
}
