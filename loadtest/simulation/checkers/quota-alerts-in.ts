// The alerts of quotas that an actor tells with one arrival, each by what names it.

import type { Effect } from "#shared/actor/actor.ts";

export const quotaAlertsIn = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => {
    if (effect.kind !== "note" || effect.event !== "queue.quota-alert") return [];
    const { tenant, mode, period, metric, limit, window, level } = effect.fields;
    return [`${[tenant, mode, period, metric, limit, window, level].join(" ")} %`];
  });
