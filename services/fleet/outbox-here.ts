// The outbox of a process as its operators see it: what keeps it from keeping usage, and how full it is.

import type { InspectableHost } from "#shared/actor/host.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import type { Outbox } from "#services/metering/outbox/outbox-state.ts";
import { fill } from "#services/metering/outbox/outbox-state.ts";

const outboxesOf = (host: InspectableHost): readonly Outbox[] =>
  [...host.statesOf("outbox").values()].filter((state): state is Outbox => state !== undefined);

/** Why nothing is admitted here, in words; empty when it may be. */
export const usageNotKept = (host: InspectableHost): readonly string[] =>
  outboxesOf(host).flatMap(({ closedFor }) => closedFor ?? []);

/** None in a process that meters nothing. */
export const outboxGauges = (host: InspectableHost): readonly GaugeReading[] =>
  outboxesOf(host).flatMap((outbox) => [
    { metric: "outbox_bytes", labels: {}, value: outbox.bytes },
    { metric: "outbox_fill_ratio", labels: {}, value: fill(outbox) },
    { metric: "outbox_closed", labels: {}, value: outbox.closedFor === undefined ? 0 : 1 },
  ]);
