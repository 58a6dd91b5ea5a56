// Values that entries of a fleet file share, each with what is expected in words.

import { z } from "zod";
import { tenantName } from "#shared/model/tenant-name.ts";

export const whole = (min: number, max: number): z.ZodInt =>
  z
    .int({ error: `a whole number from ${min} to ${max}` })
    .min(min, { error: `a whole number from ${min} to ${max}` })
    .max(max, { error: `a whole number from ${min} to ${max}` });

export const word = (pattern: RegExp, expected: string): z.ZodString =>
  z.string({ error: expected }).regex(pattern, { error: expected });

export const sha256: z.ZodString = word(/^[0-9a-f]{64}$/, "a SHA-256 in 64 lower-case hex digits");

export const name: z.ZodString = word(tenantName, "1 to 63 of a-z, 0-9 and -");

export const modelId: z.ZodString = word(
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/,
  "a model's name, without a colon",
);
