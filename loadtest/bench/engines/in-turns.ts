// Two ways to the same server, measured in turns: what else the machine does changes from turn to turn, so each turn has a
// ratio of its own, and their median is told.

export interface Way {
  /** Of output so far, as it is counted while it comes. */
  readonly units: () => number;
  /** Asked when all that was asked for has come. */
  readonly tokensPerUnit: () => number;
  /** Resolves when all of it has come. */
  readonly ask: (number: number) => Promise<unknown>;
}

export interface TurnsWish {
  readonly streams: number;
  readonly turnMs: number;
  readonly turns: number;
}

export interface Turns {
  /** Tokens a second, medians. */
  readonly direct: number;
  readonly through: number;
  readonly ratio: number;
  readonly ratio_range: readonly [number, number];
}

export async function inTurns(
  direct: Way,
  through: Way,
  { turns, ...wish }: TurnsWish,
): Promise<Turns> {
  const rates = { direct: [] as number[], through: [] as number[] };
  for (let turn = 0; turn < turns; turn++) {
    const measures = [
      async () => rates.direct.push(await rateOf(direct, wish)),
      async () => rates.through.push(await rateOf(through, wish)),
    ];
    // Each of them first in every other turn.
    for (const measure of turn % 2 === 0 ? measures : measures.toReversed()) await measure();
  }
  const ratios = rates.through.map((rate, turn) => rate / (rates.direct[turn] ?? rate));
  return {
    direct: Math.round(median(rates.direct)),
    through: Math.round(median(rates.through)),
    ratio: rounded(median(ratios)),
    ratio_range: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
  };
}

let asked = 0;

/**
 * Each stream asks once for nothing: connections, and code that is not compiled yet. Then all begin at one moment and ask on
 * until the turn is over, and what they have asked for by then is awaited: prompts that are read at the same time are followed by
 * outputs that come at the same time, and a window would see one or the other.
 */
async function rateOf(
  { units, tokensPerUnit, ask }: Way,
  { streams, turnMs }: Omit<TurnsWish, "turns">,
): Promise<number> {
  const all = (client: () => Promise<void>): Promise<unknown> =>
    Promise.all(Array.from({ length: streams }, client));
  await all(async () => void (await ask(asked++)));
  const [fromMs, from] = [performance.now(), units()];
  await all(async () => {
    do await ask(asked++);
    while (performance.now() - fromMs < turnMs);
  });
  return ((units() - from) * tokensPerUnit() * 1000) / (performance.now() - fromMs);
}

const rounded = (value: number): number => Number(value.toFixed(3));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
