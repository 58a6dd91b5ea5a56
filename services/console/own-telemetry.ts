// The telemetry of a platform that is one process: what it knows is all there is.

import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import type { TelemetryView, Told } from "./platform-view.ts";

export const ownTelemetry = (telemetry: Telemetry): TelemetryView => ({
  metricsContentType: telemetry.metricsContentType,
  metricsText: () => telemetry.metricsText(),
  story: async (requestId) => whole(telemetry.story(requestId)),
  recent: async (query) => whole(telemetry.recent(query)),
});

/** Nothing is missing. */
export const whole = <Answer>(told: Answer): Told<Answer> => ({ told, silent: [], omitted: 0 });
