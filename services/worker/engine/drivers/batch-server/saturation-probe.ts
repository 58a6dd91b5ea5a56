// Once in a life, before anything runs: fill the server as far as its fleet entry relies on, see that nothing waits in it,
// and see by three calls behind the full house whose turn comes first. Priorities have opposite signs in different
// servers, and are ignored without a word in others: only what was seen is used.

import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { canaryWish } from "./canary.ts";
import type { Dialect, Gauges, Wish } from "./dialect.ts";
import { FreedWatch } from "./freed-watch.ts";
import { ServedStream } from "./served-stream.ts";

export type PriorityOrder = "lowest-first" | "highest-first" | "none";

export interface SaturationTerms {
  readonly dialect: Dialect;
  readonly salt: string;
  readonly sequencesMax: number;
  readonly kvBlocks: number;
  readonly blockTokens: number;
  readonly contextTokens: number;
}

const patienceMs = 10_000;
/** In order of arrival, and what it means if its turn comes first. */
const trio = [
  { priority: 4, order: "none" },
  { priority: 0, order: "lowest-first" },
  { priority: 9, order: "highest-first" },
] as const;

interface Probe {
  readonly stream: ServedStream;
  readonly began: Promise<void>;
  hasBegun: boolean;
}

/** Rejects with an `EngineFault` if it runs fewer sequences at once than it is relied on to. */
export async function probeSaturation(terms: SaturationTerms): Promise<PriorityOrder> {
  const { dialect, sequencesMax, kvBlocks, blockTokens, contextTokens } = terms;
  // Room for each, so that none is preempted while the house is full.
  const tokens = Math.min(contextTokens, Math.floor(kvBlocks / (sequencesMax + 2)) * blockTokens);
  const outputTokensMax = tokens - 2 * blockTokens;
  if (outputTokensMax < 64) return "none";
  const open: Probe[] = [];
  const watch = new FreedWatch({
    gauges: () => dialect.gauges(),
    openCount: () => open.filter(({ stream }) => stream.isOpen).length,
    onLate: () => undefined,
  });
  const begin = (overrides: Partial<Wish>): Probe => {
    const wish = canaryWish(terms.salt, { outputTokensMax, ...overrides });
    const probe = startProbe(wish, { dialect, watch });
    open.push(probe);
    return probe;
  };
  try {
    for (let count = 0; count < sequencesMax; count++) begin({});
    await within(fill(open, terms), `it does not run ${sequencesMax} sequences at once`);
    return await compareThree(begin, { dialect, first: open[0] });
  } finally {
    await within(
      Promise.all(open.map(({ stream }) => stream.takeBack())),
      "it does not let go of what is closed",
    ).finally(() => watch.close());
  }
}

function startProbe(
  wish: Wish,
  { dialect, watch }: { readonly dialect: Dialect; readonly watch: FreedWatch },
): Probe {
  const began = Promise.withResolvers<void>();
  // Nobody may be waiting for it any more.
  began.promise.catch(() => undefined);
  const stream = new ServedStream(wish, {
    dialect,
    watch,
    onSaid: ({ tokens }) => {
      if (tokens.length === 0) return;
      probe.hasBegun = true;
      began.resolve();
    },
    onOver: (fault) => began.reject(fault ?? new EngineFault("broken", "it ended too early")),
  });
  const probe: Probe = { stream, began: began.promise, hasBegun: false };
  stream.start();
  return probe;
}

/** Every one has begun, or what waits shows that it cannot. */
async function fill(open: readonly Probe[], { dialect, sequencesMax }: SaturationTerms) {
  const all = Promise.all(open.map(({ began }) => began)).then(() => "begun" as const);
  for (;;) {
    const looked = await Promise.race([all, pause(100).then(() => dialect.gauges())]);
    if (looked === "begun") return;
    if (
      looked.waiting > 0 &&
      looked.running > 0 &&
      looked.running + looked.waiting === open.length
    ) {
      throw new EngineFault(
        "malformed",
        `it runs ${looked.running} sequences at once and lets others wait, and the fleet relies on ${sequencesMax}`,
      );
    }
  }
}

/** Three wait behind a full house; whose turn it is when a slot becomes free tells by what they are ordered. */
async function compareThree(
  begin: (overrides: Partial<Wish>) => Probe,
  { dialect, first }: { readonly dialect: Dialect; readonly first: Probe | undefined },
): Promise<PriorityOrder> {
  const waiting: Probe[] = [];
  for (const { priority } of trio) {
    const probe = begin({ priority });
    waiting.push(probe);
    if (!(await waits(dialect, waiting.length, probe))) return "none";
  }
  if (waiting.some(({ hasBegun }) => hasBegun)) return "none";
  await first?.stream.takeBack();
  const turn = await Promise.race(waiting.map(({ began }, index) => began.then(() => index)));
  return trio[turn]?.order ?? "none";
}

/** So many wait in it, and this one does. False: it was refused or begun at once, or never seen. */
async function waits(dialect: Dialect, count: number, probe: Probe): Promise<boolean> {
  let isRefused = false;
  probe.began.catch(() => {
    isRefused = true;
  });
  for (let look = 0; look < 50; look++) {
    await pause(5);
    if (isRefused || probe.hasBegun) return false;
    const { waiting }: Gauges = await dialect.gauges();
    if (waiting >= count) return true;
  }
  return false;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function within<Value>(work: Promise<Value>, complaint: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EngineFault("silent", complaint)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
