// A tenant's limits as reply headers, in OpenAI's names: counts, and durations until the window is whole again.

import { quotaName } from "#shared/model/quota.ts";
import type { QuotaAlert, RateLimits } from "#shared/model/rate-limits.ts";

/** Name, value, name, value, … as both doors take them. */
export function rateLimitHeaders(limits: RateLimits): string[] {
  return [
    "x-ratelimit-limit-requests",
    String(limits.requestsLimit),
    "x-ratelimit-remaining-requests",
    remaining(limits.requestsRemaining),
    "x-ratelimit-reset-requests",
    durationText(limits.requestsResetMs),
    "x-ratelimit-limit-tokens",
    String(limits.tokensLimit),
    "x-ratelimit-remaining-tokens",
    remaining(limits.tokensRemaining),
    "x-ratelimit-reset-tokens",
    durationText(limits.tokensResetMs),
    ...quotaAlert(limits),
  ];
}

const quotaAlert = ({ quotaAlert: alert }: RateLimits): string[] =>
  alert === undefined ? [] : ["x-fairlead-quota-alert", alertText(alert)];

/** `hard day tokens; window=2026-11-28; used=83%; reset=3h2m0s` */
const alertText = (alert: QuotaAlert): string =>
  [
    quotaName(alert),
    `window=${alert.window}`,
    `used=${alert.usedPercent}%`,
    `reset=${durationText(alert.resetsInMs)}`,
  ].join("; ");

const remaining = (count: number): string => String(Math.max(0, Math.floor(count)));

/** `120ms`, `1.5s`, `6m0s`, `1h2m3s`: rounded up, so that nobody comes back too early. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, Math.ceil(durationMs));
  if (ms === 0) return "0s";
  if (ms < 1000) return `${ms}ms`;
  if (ms < 60_000) return `${ms / 1000}s`;
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}m${seconds % 60}s`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`;
}
