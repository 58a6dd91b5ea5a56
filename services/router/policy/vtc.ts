// Virtual Token Counter (Sheng et al. 2024), as its artefact runs it: the prompt is charged at admission, output as it
// comes; who had nothing queued is lifted to the least counter among those who have. Backlogged tenants stay within
// 2·max(w_p·L_input, w_q·M), M the KV pool in tokens, since nothing is preempted. Those that run with nothing queued
// are overlooked by the lift, and when nobody is queued there is none: its authors' choice, kept for comparison.

import { leastCounter } from "./least-counter.ts";
import type { Lift } from "./least-counter.ts";
import type { OfferCost } from "./order-costs.ts";
import type { TenantOrder } from "./tenant-order.ts";

export const counterLift: Lift = (account, leastQueued) => {
  if (leastQueued !== undefined) account.clock = Math.max(account.clock, leastQueued);
};

export const vtc = (prompt: OfferCost): TenantOrder => leastCounter(prompt, counterLift);
