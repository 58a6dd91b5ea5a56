// From what was used and held to what is owed: each part at the price that held when it was. Law: nothing is free because nobody priced
// it; what no book covers is told, and then nothing of the period may be billed.

import type { BookSpan, ModelRates, PriceBook, TierRates } from "#shared/model/price-book.ts";
import type { Money } from "#shared/model/money.ts";
import { minus, money, sumOf, timesRatio, zero } from "#shared/model/money.ts";
import type { HeldTime } from "./held-time.ts";
import type { LineKind, LinePrice, LineSubject, RatedLine } from "./rated-line.ts";
import { lineKey, ratedLine } from "./rated-line.ts";
import type { UsageSum } from "./usage-sums.ts";

export interface ToRate {
  readonly currency: string;
  /** Of the whole calendar month. */
  readonly monthSeconds: bigint;
  readonly spans: readonly BookSpan[];
  readonly sums: readonly UsageSum[];
  /** By span. */
  readonly held: readonly (readonly HeldTime[])[];
}

export interface Rated {
  readonly lines: readonly RatedLine[];
  /** In words; each once. */
  readonly unpriced: readonly string[];
}

export function rateUsage(given: ToRate): Rated {
  const sheet = new RatingSheet();
  for (const sum of given.sums) rateSum(sheet, given.spans[sum.span], sum);
  for (const [index, span] of given.spans.entries()) {
    for (const one of given.held[index] ?? []) rateHeld(sheet, { span, one, given });
  }
  const lines = sheet.lines(given.currency);
  return {
    lines: [...lines, ...minimums(given, lines)].toSorted(byKey),
    unpriced: sheet.unpriced(),
  };
}

const byKey = (a: RatedLine, b: RatedLine): number => (lineKey(a) < lineKey(b) ? -1 : 1);

/** Quantities of equal subjects are added up before anything is priced. */
class RatingSheet {
  readonly #entries = new Map<
    string,
    { subject: LineSubject; price: LinePrice; quantity: bigint }
  >();
  readonly #unpriced = new Set<string>();

  add(subject: LineSubject, price: LinePrice, quantity: bigint): void {
    if (quantity === 0n) return;
    const key = lineKey(subject);
    const before = this.#entries.get(key)?.quantity ?? 0n;
    this.#entries.set(key, { subject, price, quantity: before + quantity });
  }

  missing(what: string): void {
    this.#unpriced.add(what);
  }

  lines(currency: string): readonly RatedLine[] {
    return [...this.#entries.values()].map(({ subject, price, quantity }) =>
      ratedLine(subject, price, { quantity, currency }),
    );
  }

  unpriced(): readonly string[] {
    return [...this.#unpriced].toSorted();
  }
}

function rateSum(sheet: RatingSheet, span: BookSpan | undefined, sum: UsageSum): void {
  const { promptTokens, outputTokens } = sum;
  if (promptTokens === 0n && outputTokens === 0n) return;
  const book = span?.book;
  if (book === undefined) {
    sheet.missing(`no price book holds ${spanText(span)}`);
    return;
  }
  const tier = book.rates.tiers?.[sum.tier];
  const rates = modelRates(book, tier, sum.model);
  if (rates === undefined) {
    sheet.missing(`book ${book.id} has no price for model ${sum.model}`);
    return;
  }
  rateTokens(sheet, sum, { book, tier, rates });
  rateRequests(sheet, sum, { book, tier });
}

interface Priced {
  readonly book: PriceBook;
  readonly tier: TierRates | undefined;
}

function rateTokens(
  sheet: RatingSheet,
  sum: UsageSum,
  { book, tier, rates }: Priced & { readonly rates: ModelRates },
): void {
  const factors = factorsOf(book, tier, sum.poolClass);
  const tokens = (kind: LineKind, price: string, quantity: bigint): void =>
    sheet.add(
      subjectOf(kind, book, sum),
      { unit: "token", price, per: 1_000_000n, factors },
      quantity,
    );
  tokens("input", rates.input, sum.promptTokens - sum.cachedTokens);
  tokens("cached-input", rates.cachedInput, sum.cachedTokens);
  tokens("output", rates.output, sum.outputTokens);
}

function rateRequests(sheet: RatingSheet, sum: UsageSum, { book, tier }: Priced): void {
  const own = tier?.requestFee;
  const fee = own ?? book.rates.requestFee;
  const factors = factorsOf(book, tier, sum.poolClass);
  const each = (price: string, factors: readonly string[]): LinePrice => ({
    unit: "request",
    price,
    per: 1n,
    factors,
  });
  if (fee !== undefined) {
    const price = each(fee, own === undefined ? factors : []);
    sheet.add({ ...subjectOf("request-fee", book, sum), model: "" }, price, sum.requests);
  }
  const use = book.rates.adapters?.use;
  if (use === undefined || sum.adapterDigest === "") return;
  const subject = { ...subjectOf("adapter-use", book, sum), of: sum.adapterDigest };
  sheet.add(subject, each(use, factors), sum.requests);
}

const subjectOf = (kind: LineKind, book: PriceBook, sum: UsageSum): LineSubject => ({
  kind,
  book: book.id,
  model: sum.model,
  tier: sum.tier,
  poolClass: sum.poolClass,
  of: "",
});

function modelRates(
  { rates }: PriceBook,
  tier: TierRates | undefined,
  model: string,
): ModelRates | undefined {
  const own = tier?.models ?? {};
  return own[model] ?? own["*"] ?? rates.models[model] ?? rates.models["*"];
}

/** A tier that has rates of its own has no multiplier. */
const factorsOf = (
  { rates }: PriceBook,
  tier: TierRates | undefined,
  poolClass: string,
): readonly string[] =>
  [tier?.multiplier, rates.classes?.[poolClass]].filter((factor) => factor !== undefined);

interface HeldSpan {
  readonly span: BookSpan;
  readonly one: HeldTime;
  readonly given: ToRate;
}

function rateHeld(sheet: RatingSheet, { span, one, given }: HeldSpan): void {
  const { book } = span;
  if (book === undefined) {
    if (one.kind === "reserved")
      sheet.missing(`no price book holds ${spanText(span)}, when ${one.subject} was reserved`);
    return;
  }
  const { monthSeconds } = given;
  const { rates } = book;
  const add = (
    kind: LineKind,
    price: string | undefined,
    terms: Omit<LinePrice, "price" | "factors">,
    quantity: bigint,
  ): void => {
    if (price === undefined) return;
    const subject = { kind, book: book.id, model: "", tier: "", poolClass: "", of: one.subject };
    sheet.add(subject, { ...terms, price, factors: [] }, quantity);
  };
  switch (one.kind) {
    case "reserved":
      add(
        "reserved-gpu-hour",
        rates.reserved?.gpuHour,
        { unit: "GPU-second", per: 3600n },
        one.seconds * BigInt(one.quantity),
      );
      add(
        "reserved-pool-month",
        rates.reserved?.poolMonth,
        { unit: "second", per: monthSeconds },
        one.seconds,
      );
      return;
    case "adapter":
      add("adapter-hour", rates.adapters?.hour, { unit: "second", per: 3600n }, one.seconds);
      return;
    case "tenant": {
      const fee = rates.tiers?.[one.subject]?.monthlyFee ?? rates.monthlyFee;
      add("monthly-fee", fee, { unit: "second", per: monthSeconds }, one.seconds);
    }
  }
}

/** What the lines of a book lack to its minimum, by the seconds that the tenant was there while it held. */
function minimums(given: ToRate, lines: readonly RatedLine[]): readonly RatedLine[] {
  const { currency, monthSeconds } = given;
  const presence = new Map<PriceBook, bigint>();
  for (const [index, { book }] of given.spans.entries()) {
    const here = (given.held[index] ?? []).filter(({ kind }) => kind === "tenant");
    if (book?.rates.minimum === undefined) continue;
    const seconds = here.reduce((sum, one) => sum + one.seconds, presence.get(book) ?? 0n);
    presence.set(book, seconds);
  }
  return [...presence].flatMap(([book, seconds]) => {
    const price = book.rates.minimum ?? "0";
    const least = timesRatio(money(currency, price), { times: seconds, per: monthSeconds });
    const own = lines.filter((line) => line.book === book.id).map(({ amount }) => amount);
    const lacking = atLeastZero(minus(least, sumOf(currency, own)));
    if (lacking.nanos === 0n) return [];
    const subject = {
      kind: "minimum" as const,
      book: book.id,
      model: "",
      tier: "",
      poolClass: "",
      of: "",
    };
    return [
      {
        ...subject,
        unit: "month" as const,
        price,
        per: 1n,
        factors: [],
        quantity: 1n,
        amount: lacking,
      },
    ];
  });
}

const atLeastZero = (amount: Money): Money => (amount.nanos < 0n ? zero(amount.currency) : amount);

const spanText = (span: BookSpan | undefined): string =>
  span === undefined
    ? "then"
    : `from ${new Date(span.fromEpochMs).toISOString()} to ${new Date(span.toEpochMs).toISOString()}`;
