// Usage as Stripe's meter events: a tenant's minute is one event for each kind of token. Stripe's limits, of its API reference
// (docs.stripe.com/api/billing/meter-event/create): `event_name` and `identifier` up to 100 characters, identifiers unique for 24 hours at
// least, `timestamp` in the past 35 days or 5 minutes ahead, `value` a whole number as text, 1,000 events a second in live mode.

import type { ExportPage } from "#shared/model/billing-desk.ts";
import type { MinuteRevision } from "./export-log.ts";

export interface StripeMeterEvent {
  readonly event_name: string;
  readonly payload: { readonly stripe_customer_id: string; readonly value: string };
  readonly identifier: string;
  readonly timestamp: number;
}

const events = [
  ["fairlead_input_tokens", "inputTokens"],
  ["fairlead_cached_input_tokens", "cachedTokens"],
  ["fairlead_output_tokens", "outputTokens"],
] as const;

/** Tenants have at most 63 characters, minutes 10 digits: an identifier stays under 100. */
export function stripeEvents(
  revisions: readonly MinuteRevision[],
): Pick<ExportPage, "events" | "unmapped"> {
  const unmapped = new Set<string>();
  const told: StripeMeterEvent[] = [];
  for (const revision of revisions) {
    const { tenant, stripeCustomer, minuteEpochS } = revision;
    if (stripeCustomer === undefined) {
      unmapped.add(tenant);
      continue;
    }
    for (const [index, [name, field]] of events.entries()) {
      const value = revision[field];
      if (value === "0") continue;
      told.push({
        event_name: name,
        payload: { stripe_customer_id: stripeCustomer, value },
        identifier: `${tenant}/${minuteEpochS}/${index}/${revision.revision}`,
        timestamp: minuteEpochS,
      });
    }
  }
  return { events: told, unmapped: [...unmapped] };
}
