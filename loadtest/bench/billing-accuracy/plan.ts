// What each request of a run is, drawn from a seed: short and long, in one piece and streamed, left half-way, read on, sent twice.

import { SeededRandom } from "#shared/sim/seeded-random.ts";

export type AskKind =
  | "piece"
  | "stream"
  /** Its client hangs up half-way. */
  | "cut"
  /** The same, and comes back for the rest. */
  | "resumed"
  /** Under one key: twice at once, and once more when it is over. */
  | "twice"
  /** Longer than the model's context. */
  | "refused";

export interface PlannedAsk {
  readonly kind: AskKind;
  readonly tenant: string;
  readonly prompt: string;
  readonly outputTokens: number;
  /** Of one that is cut: after so many tokens. */
  readonly cutAfter: number;
  readonly key: string;
}

const shares: readonly (readonly [AskKind, number])[] = [
  ["piece", 0.5],
  ["stream", 0.29],
  ["cut", 0.08],
  ["resumed", 0.05],
  ["twice", 0.07],
  ["refused", 0.01],
];

/** The second and third have limits that a run meets: their refusals bill nothing. */
const tenants: readonly (readonly [string, number])[] = [
  ["acme", 0.88],
  ["bolt", 0.1],
  ["corner", 0.02],
];

export function* planned(requests: number, seed: number): Generator<PlannedAsk> {
  const random = new SeededRandom(seed, "billing-accuracy");
  for (let at = 0; at < requests; at++) {
    const kind = drawn(shares, random.fraction());
    const tenant = drawn(tenants, random.fraction());
    const isLong = kind === "cut" || kind === "resumed";
    const outputTokens = isLong ? random.between(60, 240) : random.between(1, 12);
    yield {
      kind,
      tenant,
      prompt: `billing ${seed}.${at}`,
      outputTokens: kind === "refused" ? 10_000_000 : outputTokens,
      cutAfter: random.between(1, 40),
      key: `billing-${seed}-${at}`,
    };
  }
}

function drawn<Choice>(choices: readonly (readonly [Choice, number])[], at: number): Choice {
  let sum = 0;
  for (const [choice, share] of choices) {
    sum += share;
    if (at < sum) return choice;
  }
  const [first] = choices;
  if (first === undefined) throw new Error("nothing to draw from");
  return first[0];
}
