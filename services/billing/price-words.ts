// The shape of a price file, each value with what is expected in words. Every scalar is text as it was written: no price was ever a float.
// Unknown fields are refused: a misspelt price would be none.

import { z } from "zod";
import { isCurrency } from "#shared/model/currency.ts";
import {
  fractionDigitsMax,
  MoneyError,
  parseDecimal,
  wholeDigitsMax,
} from "#shared/model/money.ts";
import type { Rates } from "#shared/model/price-book.ts";
import { isDay } from "#shared/model/moment.ts";
import { tenantName } from "#shared/model/tenant-name.ts";

const digits = `at most ${wholeDigitsMax} digits before the point and ${fractionDigitsMax} behind it`;
const expected = `a price of 0 or more as a decimal number, ${digits}`;

const decimal: z.ZodType<string> = z.string({ error: expected }).check(({ value, issues }) => {
  const fault = priceFault(value);
  if (fault !== undefined) issues.push({ code: "custom", message: fault, input: value });
});

function priceFault(text: string): string | undefined {
  try {
    return parseDecimal(text) < 0n ? `${expected}; a negative price is none` : undefined;
  } catch (error) {
    if (error instanceof MoneyError) return expected;
    throw error;
  }
}

const word = (pattern: RegExp, expected: string): z.ZodString =>
  z.string({ error: expected }).regex(pattern, { error: expected });

const currency = z
  .string({ error: "a currency of ISO 4217, such as EUR" })
  .refine(isCurrency, { error: "a currency of ISO 4217, such as EUR" });

const tenant = word(tenantName, "a tenant: 1 to 63 of a-z, 0-9 and -");
const modelId = word(/^(\*|[A-Za-z0-9][A-Za-z0-9._/-]{0,127})$/, "a model's name, or *");
const id = word(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "1 to 63 of A-Z, a-z, 0-9, ., _ and -");

const time = "a time such as 2026-12-01 or 2026-12-01T00:00:00Z";
const moment: z.ZodType<number> = z
  .string({ error: time })
  .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/, { error: time })
  .transform((text) => (isDay(text) ? Date.parse(text) : Number.NaN))
  .refine((epochMs) => !Number.isNaN(epochMs), { error: time });

const modelRates = z.strictObject({ input: decimal, cachedInput: decimal, output: decimal });
const models = z.record(modelId, modelRates);

const tier = z
  .strictObject({
    multiplier: decimal.optional(),
    models: models.optional(),
    requestFee: decimal.optional(),
    monthlyFee: decimal.optional(),
  })
  .refine(({ multiplier, models: own }) => multiplier === undefined || own === undefined, {
    error: "a multiplier or models of its own, not both",
  });

const bookEntry = z
  .strictObject({
    id,
    currency,
    tenant: tenant.optional(),
    effectiveFrom: moment,
    effectiveTo: moment.optional(),
    models: models.refine((all) => Object.keys(all).length > 0, {
      error: "the price of one model at least, or of *",
    }),
    adapters: z.strictObject({ use: decimal.optional(), hour: decimal.optional() }).optional(),
    reserved: z
      .strictObject({ gpuHour: decimal.optional(), poolMonth: decimal.optional() })
      .optional(),
    requestFee: decimal.optional(),
    monthlyFee: decimal.optional(),
    minimum: decimal.optional(),
    tiers: z.record(id, tier).optional(),
    classes: z.partialRecord(z.enum(["interactive", "batch", "reserved"]), decimal).optional(),
  })
  .refine(
    ({ effectiveFrom, effectiveTo }) => effectiveTo === undefined || effectiveTo > effectiveFrom,
    {
      error: "an end after effectiveFrom: a book that holds for no time prices nothing",
      path: ["effectiveTo"],
    },
  );

const issuer = z.strictObject({
  id: word(/^[A-Z0-9]{1,12}$/, "1 to 12 of A-Z and 0-9: invoice numbers begin with it"),
  name: z.string().min(1).max(200),
  address: z.string().max(500).optional(),
});

const account = z.strictObject({
  tenant: z.union([z.literal("*"), tenant], {
    error: "a tenant, or * for all that have no account of their own",
  }),
  currency,
  issuer: z.string().optional(),
  stripeCustomer: word(/^cus_[A-Za-z0-9]{1,60}$/, "a customer's id at Stripe, cus_…").optional(),
});

const listMax = 1_000;

export interface PriceFileEntries {
  readonly issuers?:
    | readonly {
        readonly id: string;
        readonly name: string;
        readonly address?: string | undefined;
      }[]
    | undefined;
  readonly accounts?: readonly AccountEntry[] | undefined;
  readonly books?: readonly BookEntry[] | undefined;
}

export interface AccountEntry {
  readonly tenant: string;
  readonly currency: string;
  readonly issuer?: string | undefined;
  readonly stripeCustomer?: string | undefined;
}

export interface BookEntry extends Rates {
  readonly id: string;
  readonly currency: string;
  readonly tenant?: string | undefined;
  readonly effectiveFrom: number;
  readonly effectiveTo?: number | undefined;
}

export const priceFileShape: z.ZodType<PriceFileEntries> = z.strictObject({
  issuers: z.array(issuer).max(listMax).optional(),
  accounts: z.array(account).max(100_000).optional(),
  books: z.array(bookEntry).max(listMax).optional(),
});
