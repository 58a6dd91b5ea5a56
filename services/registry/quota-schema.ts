// Quotas in a fleet file: each limits one metric over one calendar period. What was written before there were several is
// refused with what to write instead.

import { z } from "zod";
import type { Quota } from "#shared/model/quota.ts";
import { quotaMetrics, quotaName, quotaPeriods, quotasMax } from "#shared/model/quota.ts";
import type { AlertWebhook } from "#shared/model/tenant-policy.ts";
import { whole, word } from "./schema-words.ts";

/** Beyond it a number no longer counts by ones. */
const webhooksMax = 4;
const limitMax = Number.MAX_SAFE_INTEGER;

const quota = z
  .strictObject({
    period: z.enum(quotaPeriods, { error: quotaPeriods.join(", ") }),
    metric: z.enum(quotaMetrics, { error: quotaMetrics.join(", ") }),
    limit: whole(0, limitMax),
    mode: z.enum(["soft", "hard"], { error: "soft or hard" }),
  })
  .refine(({ limit, mode }) => limit > 0 || mode === "hard", {
    path: ["limit"],
    error: "at least 1 of a soft quota; a hard one of 0 allows nothing",
  })
  .refine(({ metric, mode }) => metric !== "gpu-seconds" || mode === "soft", {
    path: ["mode"],
    error: "soft: GPU-seconds are known only once they ran, so none can be refused before",
  })
  .refine(({ metric, limit }) => metric !== "gpu-seconds" || limit <= limitMax / 1000, {
    path: ["limit"],
    error: `at most ${Math.floor(limitMax / 1000)} GPU-seconds`,
  });

const quotas = z
  .array(quota, { error: "a list of quotas" })
  .max(quotasMax, { error: `at most ${quotasMax} quotas` })
  .superRefine((all, context) => {
    const seen = new Set<string>();
    for (const [index, each] of all.entries()) {
      const name = quotaName(each);
      if (seen.has(name)) {
        context.addIssue({
          code: "custom",
          path: [index],
          message: `one ${name} at most`,
        });
      }
      seen.add(name);
    }
  });

const replaced = z.undefined({
  error: "quotas: [{ period: day, metric: tokens, limit: N, mode: hard }], one for each window",
});

const webhook = z.strictObject({
  url: word(
    /^https?:\/\/[^\s@#]{1,2000}$/,
    "an address, https://…, with no name or password in it",
  ),
  secret: z.exactOptional(
    word(
      /^(env:[A-Z][A-Z0-9_]{0,63}|file:\/[^\0]{1,1000})$/,
      "env:NAME or file:/PATH: where the secret is, not the secret",
    ),
  ),
});

const alertWebhooks = z
  .array(webhook, { error: "a list of webhooks" })
  .max(webhooksMax, { error: `at most ${webhooksMax} webhooks` });

interface QuotaFields {
  readonly alertWebhooks: z.ZodExactOptional<z.ZodType<readonly AlertWebhook[]>>;
  readonly quotas: z.ZodExactOptional<z.ZodType<readonly Quota[]>>;
  readonly quota: z.ZodExactOptional<z.ZodType<undefined>>;
}

export const quotaFields: QuotaFields = {
  quotas: z.exactOptional(quotas),
  quota: z.exactOptional(replaced),
  alertWebhooks: z.exactOptional(alertWebhooks),
};
