// Why a shape of work costs more than it brings: its loss as a sum of named factors. Law: the factors add up to the loss to the last
// billionth, for any figures; the same figures give the same factors. Factors but the last two measure the shape against its peers, all
// shapes of the same model and class taken together, and carry the idle time that their own excess drew to them.

export interface ShapeFigures {
  readonly requests: bigint;
  readonly promptTokens: bigint;
  readonly cachedTokens: bigint;
  readonly outputTokens: bigint;
  /** In billionths of one currency, as all that follow. New work on prompts; on output; of adapters' kernels; done again. */
  readonly prefill: bigint;
  readonly decode: bigint;
  readonly adapter: bigint;
  readonly recompute: bigint;
  /** Idle, overhead, down and unaccounted. */
  readonly allocated: bigint;
  /** Its adapters came in and nothing ran. */
  readonly load: bigint;
  /** What input tokens brought, cached or not; output tokens; adapters; all else. */
  readonly inputRevenue: bigint;
  readonly outputRevenue: bigint;
  readonly adapterRevenue: bigint;
  readonly otherRevenue: bigint;
}

export const marginFactors = [
  "long-prefill",
  "low-cache-use",
  "low-batchability",
  "recompute",
  "adapter-thrash",
  "idle-allocation",
  "price-too-low",
] as const;

export type MarginFactor = (typeof marginFactors)[number];

export type FactorAmounts = Readonly<Record<MarginFactor, bigint>>;

export const directOf = ({ prefill, decode, adapter, recompute }: ShapeFigures): bigint =>
  prefill + decode + adapter + recompute;

export const lossOf = (own: ShapeFigures): bigint =>
  directOf(own) + own.allocated + own.load - revenueOf(own);

export const revenueOf = (own: ShapeFigures): bigint =>
  own.inputRevenue + own.outputRevenue + own.adapterRevenue + own.otherRevenue;

/** a × b ÷ c, down; by nothing: nothing. */
const times = (a: bigint, b: bigint, c: bigint): bigint => (c === 0n ? 0n : (a * b) / c);

/** `peers`: the sum over all shapes of the same model and class, this one among them. */
export function decompose(own: ShapeFigures, peers: ShapeFigures): FactorAmounts {
  const direct = directOf(own);
  const withIdle = (excess: bigint): bigint => excess + times(excess, own.allocated, direct);
  const at = atPeers(own, peers);
  const long = longPrefill(own, peers, at);
  const isLong = own.promptTokens * peers.requests >= peers.promptTokens * own.requests;
  const excessPrefill = own.prefill - at.uncached;
  const excess = {
    "long-prefill": isLong ? excessPrefill : 0n,
    "low-cache-use": at.uncached - at.prompt,
    "low-batchability": own.decode - at.output + (isLong ? 0n : excessPrefill),
    recompute: own.recompute,
    "adapter-thrash": own.adapter,
  };
  const amounts = {
    "long-prefill": withIdle(excess["long-prefill"] + long.cost) - long.revenue,
    "low-cache-use": withIdle(excess["low-cache-use"]),
    "low-batchability": withIdle(excess["low-batchability"]),
    recompute: withIdle(excess.recompute),
    "adapter-thrash": withIdle(excess["adapter-thrash"]) + own.load - own.adapterRevenue,
  };
  // What is left of the work is what it would have been at the peers' average, and draws the rest of the idle time: a reason as far as
  // what the price brings beyond that work does not cover it.
  const average = at.prompt + at.output - long.cost;
  const idle = times(average, own.allocated, direct);
  const named = Object.values(amounts).reduce((sum, one) => sum + one, idle);
  const short = lossOf(own) - named;
  const covered = short >= 0n ? 0n : -short < idle ? -short : idle;
  return { ...amounts, "idle-allocation": idle - covered, "price-too-low": short + covered };
}

interface AtPeers {
  /** All of its prompt tokens at the peers' cost of one, cached ones among them. */
  readonly prompt: bigint;
  /** Those that were computed, at the peers' cost of one of these. */
  readonly uncached: bigint;
  readonly output: bigint;
}

const atPeers = (own: ShapeFigures, peers: ShapeFigures): AtPeers => ({
  prompt: times(own.promptTokens, peers.prefill, peers.promptTokens),
  uncached: times(
    own.promptTokens - own.cachedTokens,
    peers.prefill,
    peers.promptTokens - peers.cachedTokens,
  ),
  output: times(own.outputTokens, peers.decode, peers.outputTokens),
});

/**
 * Prompt tokens beyond what the peers have for so much output: what they cost at the peers' average, and what they brought. Nothing
 * where they brought more: then they are no reason.
 */
function longPrefill(
  own: ShapeFigures,
  peers: ShapeFigures,
  at: AtPeers,
): { readonly cost: bigint; readonly revenue: bigint } {
  const usual = times(own.outputTokens, peers.promptTokens, peers.outputTokens);
  const beyond = own.promptTokens - usual;
  const nothing = { cost: 0n, revenue: 0n };
  if (beyond <= 0n) return nothing;
  const cost = times(at.prompt, beyond, own.promptTokens);
  const revenue = times(own.inputRevenue, beyond, own.promptTokens);
  return cost + times(cost, own.allocated, directOf(own)) > revenue ? { cost, revenue } : nothing;
}

export const noFigures: ShapeFigures = {
  requests: 0n,
  promptTokens: 0n,
  cachedTokens: 0n,
  outputTokens: 0n,
  prefill: 0n,
  decode: 0n,
  adapter: 0n,
  recompute: 0n,
  allocated: 0n,
  load: 0n,
  inputRevenue: 0n,
  outputRevenue: 0n,
  adapterRevenue: 0n,
  otherRevenue: 0n,
};

export const addFigures = (a: ShapeFigures, b: ShapeFigures): ShapeFigures =>
  Object.fromEntries(
    (Object.keys(noFigures) as (keyof ShapeFigures)[]).map((name) => [name, a[name] + b[name]]),
  ) as unknown as ShapeFigures;
