// How much of a tenant's work may be done again because its clients ask for it again: a tenth of what it has admitted, above
// as much as it may have running at once, so that the loss of all of it is made good once. What fails over runs on whatever
// this says: a stream that was accepted is not given up for a budget.

export interface RetryBudget {
  /** Left above the reserve's spending; never more than the reserve. */
  left: number;
  isOpen: boolean;
}

const perAdmission = 0.1;
const reserveLeast = 16;
const comeBackMs = 1_000;

export const noRetryBudget = (): RetryBudget => ({ left: 0, isOpen: false });

const reserveOf = (concurrencyMax: number): number => Math.max(reserveLeast, concurrencyMax);

/** At the tenant's first request its reserve is whole. */
function open(budget: RetryBudget, concurrencyMax: number): void {
  if (!budget.isOpen) budget.left = reserveOf(concurrencyMax);
  budget.isOpen = true;
}

export function earnRetry(budget: RetryBudget, concurrencyMax: number): void {
  open(budget, concurrencyMax);
  budget.left = Math.min(reserveOf(concurrencyMax), budget.left + perAdmission);
}

/** 0: spent. Else in how many milliseconds to ask again. */
export function spendRetry(budget: RetryBudget, concurrencyMax: number): number {
  open(budget, concurrencyMax);
  if (budget.left < 1) return comeBackMs;
  budget.left -= 1;
  return 0;
}
