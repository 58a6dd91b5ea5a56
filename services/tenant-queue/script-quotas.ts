// The words of a transcript about a tenant's policy, its quotas and what its store answers. For tests only.

import type { EscrowWindow } from "#shared/messages/to-tenant-queue.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { Quota, QuotaMetric, QuotaPeriod } from "#shared/model/quota.ts";
import { nothingUsed, quotaPeriods } from "#shared/model/quota.ts";
import { utcSecond, windowEndEpochMs } from "#shared/model/quota-window.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";

export type Words = Readonly<Record<string, string>>;

export const numberOf = (words: Words, name: string, otherwise: number): number =>
  words[name] === undefined ? otherwise : Number(words[name]);

export const listOf = (words: Words, name: string): string[] => words[name]?.split(",") ?? [];

export function policyOf(words: Words): TenantPolicy {
  return {
    tenant: "acme" as TenantId,
    tier: "business",
    weight: numberOf(words, "weight", 1),
    band: numberOf(words, "band", 1),
    ...(words["quota"] === undefined ? {} : { quotas: quotasOf(words) }),
    ...(words["quotas"] === undefined ? {} : { quotas: listOf(words, "quotas").map(quotaOf) }),
    ...(words["throttle"] === undefined ? {} : { throttlePercent: Number(words["throttle"]) }),
    limits: {
      ...(words["queue-deadline"] === undefined
        ? {}
        : { queueDeadlineMs: Number(words["queue-deadline"]) }),
      queueLengthMax: numberOf(words, "queue", 100),
      concurrencyMax: numberOf(words, "concurrency", 8),
      contextTokensMax: numberOf(words, "context", 8192),
      requestsPerMinute: numberOf(words, "rpm", 600),
      tokensPerMinute: numberOf(words, "tpm", 100_000),
    },
  };
}

/** `quota=hard daily=1000 monthly=5000` */
const quotasOf = (words: Words): readonly Quota[] => {
  const mode = words["quota"] === "soft" ? "soft" : "hard";
  const tokensIn = (period: QuotaPeriod, limit: string | undefined): Quota[] =>
    limit === undefined ? [] : [{ period, metric: "tokens", limit: Number(limit), mode }];
  return [...tokensIn("day", words["daily"]), ...tokensIn("month", words["monthly"])];
};

/** `hard:hour:requests:5` */
function quotaOf(word: string): Quota {
  const [mode, period, metric, limit] = word.split(":");
  return {
    mode: mode === "soft" ? "soft" : "hard",
    period: period as QuotaPeriod,
    metric: metric as QuotaMetric,
    limit: Number(limit),
  };
}

/** Where no line says otherwise. */
const windowsThen: Readonly<Record<QuotaPeriod, string>> = {
  hour: "2026-11-28T12",
  day: "2026-11-28",
  week: "2026-11-23",
  month: "2026-11",
};

/** `allowed=64`: what an earlier owner allowed, today. */
export const allowanceOf = (words: Words): { readonly allowance?: OutputAllowance } =>
  words["allowed"] === undefined
    ? {}
    : {
        allowance: {
          outputTokens: Number(words["allowed"]),
          atEnd: "ask",
          holds: quotaPeriods.map((period) => ({
            period,
            window: words[period] ?? windowsThen[period],
            fromOutputTokens: 0,
            isFirst: true,
          })),
        },
      };

export const escrowWindows = (words: Words): readonly EscrowWindow[] =>
  quotaPeriods.map((period) => {
    const window = words[period] ?? windowsThen[period];
    const granted = period === "day" ? numberOf(words, "granted", 0) : 0;
    return {
      period,
      window,
      endsInMs: numberOf(words, `${period}-ends`, 3_600_000),
      endsAtEpochMs: windowEndEpochMs(period, window),
      endsAt: utcSecond(windowEndEpochMs(period, window)),
      taken: {
        ...nothingUsed,
        tokens: numberOf(words, `${period}-tokens`, 0),
        requests: numberOf(words, `${period}-requests`, 0),
      },
      granted: {
        ...nothingUsed,
        tokens: numberOf(words, `${period}-granted`, granted),
        requests: numberOf(words, `${period}-requests-granted`, 0),
      },
    };
  });
