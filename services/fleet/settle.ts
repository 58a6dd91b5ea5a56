// The last steps of a drain: sessions settle with their queues, and the meter brings all usage to the ledger.

import type { InspectableHost } from "#shared/actor/host.ts";
import { pendingUsage, usageOnlyHere } from "./process-view.ts";

const lookEveryMs = 10;
/** Sessions end with their queues, and usage reaches the ledger, within this time of the last call's end. */
const patienceMs = 10_000;

export interface Unsettled {
  readonly sessions: number;
  /** Not known to be in the ledger. */
  readonly usageRecords: number;
  /** Of these, the ones that end with this process. */
  readonly usageOnlyHere: number;
}

/** Resolves with what is still unsettled: zeros, unless the patience ran out. */
export async function untilSettled(host: InspectableHost): Promise<Unsettled> {
  const deadlineMs = host.nowMs() + patienceMs;
  for (;;) {
    const sessions = host.statesOf("session").size;
    const usageRecords = pendingUsage(host);
    if (sessions + usageRecords === 0 || host.nowMs() > deadlineMs) {
      return { sessions, usageRecords, usageOnlyHere: usageOnlyHere(host) };
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** Rejects if some is. What the stream has goes its way without this process; what only its outbox has waits for its next start. */
export async function untilNoUsageIsOnlyHere(host: InspectableHost): Promise<void> {
  const unsettled = await untilSettled(host);
  if (unsettled.usageOnlyHere > 0) {
    throw new Error(
      `${unsettled.usageOnlyHere} usage records are in no log yet: they wait in FAIRLEAD_OUTBOX_FOLDER until this process is started there again`,
    );
  }
}
