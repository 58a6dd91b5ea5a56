// A price book: what things cost from a moment on, in one currency. Immutable once applied; a later book of the same scope ends it.
// Law: at any moment at most one book of a scope holds, and one for a tenant goes before the one for all.

/** Decimal text, such as `0.15`; never a float. */
export type Decimal = string;

/** For a million tokens each. */
export interface ModelRates {
  /** Prompt tokens that were computed. */
  readonly input: Decimal;
  /** Prompt tokens found in the prefix cache. */
  readonly cachedInput: Decimal;
  readonly output: Decimal;
}

/** What a tier has other than the book; a multiplier is of tokens and of the fees for each request. */
export interface TierRates {
  readonly multiplier?: Decimal | undefined;
  readonly models?: Readonly<Record<string, ModelRates>> | undefined;
  readonly requestFee?: Decimal | undefined;
  readonly monthlyFee?: Decimal | undefined;
}

export interface Rates {
  /** By id; `*` for all others. */
  readonly models: Readonly<Record<string, ModelRates>>;
  /** `use`: each request that ran with one. `hour`: each one and hour that it was registered while the tenant's were kept resident. */
  readonly adapters?:
    | { readonly use?: Decimal | undefined; readonly hour?: Decimal | undefined }
    | undefined;
  /** Of pools `reserved:<tenant>`, for as long as they stand. */
  readonly reserved?:
    | { readonly gpuHour?: Decimal | undefined; readonly poolMonth?: Decimal | undefined }
    | undefined;
  /** Of each request whose prompt ran. */
  readonly requestFee?: Decimal | undefined;
  /** By the second that the tenant was there. */
  readonly monthlyFee?: Decimal | undefined;
  /** Of a calendar month, by the second that the tenant was there: what is less is filled up. */
  readonly minimum?: Decimal | undefined;
  readonly tiers?: Readonly<Record<string, TierRates>> | undefined;
  /** Pool class (`interactive`, `batch`, `reserved`) → multiplier. */
  readonly classes?: Readonly<Record<string, Decimal>> | undefined;
}

export interface PriceBook {
  /** Its name, for ever. */
  readonly id: string;
  readonly currency: string;
  /** Empty: for every tenant of that currency. */
  readonly tenant: string;
  readonly fromEpochMs: number;
  /** Absent: until a later one of its scope begins. */
  readonly toEpochMs?: number | undefined;
  readonly rates: Rates;
}

export const scopeOf = ({ currency, tenant }: PriceBook): string => `${currency}/${tenant}`;

/** A stretch of time in which one book holds. */
export interface BookSpan {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  /** Undefined: none does. */
  readonly book: PriceBook | undefined;
}

/** When the book really ends: before its own end where a later one of its scope begins. `books` are of any scope. */
export function endOf(book: PriceBook, books: readonly PriceBook[]): number {
  const later = books
    .filter((other) => scopeOf(other) === scopeOf(book) && other.fromEpochMs > book.fromEpochMs)
    .map(({ fromEpochMs }) => fromEpochMs);
  return Math.min(book.toEpochMs ?? Infinity, ...later);
}

/** Why two books of one scope cannot both stand; undefined: they can. An open end gives way to the next beginning, a said one does not. */
export function overlapOf(a: PriceBook, b: PriceBook): string | undefined {
  if (scopeOf(a) !== scopeOf(b)) return undefined;
  const [first, second] = a.fromEpochMs <= b.fromEpochMs ? [a, b] : [b, a];
  if (first.fromEpochMs === second.fromEpochMs)
    return `begins at the same moment as ${other(a, b)}`;
  const isOver = first.toEpochMs === undefined || first.toEpochMs <= second.fromEpochMs;
  return isOver ? undefined : `overlaps ${other(a, b)}, which holds at the same time`;
}

const other = (_a: PriceBook, b: PriceBook): string => `book ${b.id}`;

export interface BookQuestion {
  readonly books: readonly PriceBook[];
  readonly currency: string;
  readonly tenant: string;
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}

/** The whole stretch, cut where another book begins to hold; in order of time, without gaps. */
export function spansOf(question: BookQuestion): readonly BookSpan[] {
  const { fromEpochMs, toEpochMs } = question;
  const own = question.books.filter(
    ({ currency, tenant }) =>
      currency === question.currency && (tenant === "" || tenant === question.tenant),
  );
  const cuts = own
    .flatMap((book) => [book.fromEpochMs, endOf(book, own)])
    .filter((at) => at > fromEpochMs && at < toEpochMs);
  const edges = [...new Set([fromEpochMs, ...cuts, toEpochMs])].toSorted((a, b) => a - b);
  return edges.slice(0, -1).map((from, index) => ({
    fromEpochMs: from,
    toEpochMs: edges[index + 1] ?? toEpochMs,
    book: bookAt(own, from),
  }));
}

function bookAt(books: readonly PriceBook[], epochMs: number): PriceBook | undefined {
  const standing = books.filter(
    (book) => book.fromEpochMs <= epochMs && epochMs < endOf(book, books),
  );
  return standing.find(({ tenant }) => tenant !== "") ?? standing[0];
}
