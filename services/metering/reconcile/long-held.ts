// Of two looks at the outboxes, what stood there both times: that waits. What came between them is on its way, and counts as a
// request that is not over yet.

import type { HeldAccount, OutboxStanding } from "#shared/model/reconciliation.ts";

const keyOf = ({ tenant, requestId, isFinal }: HeldAccount): string =>
  `${tenant}/${requestId}/${isFinal ? "final" : "open"}`;

export function longHeld(
  first: readonly OutboxStanding[],
  second: readonly OutboxStanding[],
): readonly OutboxStanding[] {
  const before = new Map(first.map(({ process, held }) => [process, new Set(held.map(keyOf))]));
  return second.map((standing) => {
    const stood = before.get(standing.process);
    const isLong = (one: HeldAccount): boolean => stood?.has(keyOf(one)) === true;
    const passing = standing.held.filter((one) => !isLong(one));
    const open = [...standing.open, ...passing.map(openOf)];
    return { ...standing, held: standing.held.filter(isLong), open };
  });
}

const openOf = ({ tenant, requestId, arrivedAtEpochMs }: HeldAccount) => ({
  tenant,
  requestId,
  arrivedAtEpochMs,
});
