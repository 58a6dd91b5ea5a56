// Five shapes of work that lose money, each of another cause, each in a pool of its own beside work that does not. Law: which cause a scene
// has is its load's and its prices' doing; nothing of it is told to the platform.

import type { MarginFactor } from "#shared/model/margin-factors.ts";

export interface SceneClient {
  readonly tenant: string;
  readonly clients: number;
  /** Of the load's time, in percent: from when until when it asks. */
  readonly fromPercent: number;
  readonly untilPercent: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Every prompt begins with the same text: a prefix cache may have it. */
  readonly sharesPrefix?: true;
  /** In turn. */
  readonly adapters?: number;
  /** Between two of a client's requests. */
  readonly pauseMs?: number;
}

export interface Scene {
  readonly model: string;
  readonly expected: MarginFactor;
  /** Whose shape it is. */
  readonly tenant: string;
  readonly contextTokensMax: number;
  readonly engine: {
    readonly timeScale: number;
    readonly kvBlocks: number;
    readonly adapterSlots: number;
  };
  /** For a million tokens, at a GPU rate of 3600 an hour: a GPU-second costs 1. */
  readonly prices: {
    readonly input: string;
    readonly cachedInput: string;
    readonly output: string;
  };
  readonly clients: readonly SceneClient[];
}

const allTheTime = { fromPercent: 0, untilPercent: 100 };
const roomy = { timeScale: 5, kvBlocks: 27_000, adapterSlots: 2 };

export const scenes: readonly Scene[] = [
  {
    // Prompts that are read for one word, where input is cheap.
    model: "long",
    expected: "long-prefill",
    tenant: "reader",
    contextTokensMax: 8192,
    engine: roomy,
    prices: { input: "60", cachedInput: "30", output: "12000" },
    clients: [
      {
        tenant: "writer",
        clients: 8,
        ...allTheTime,
        promptTokens: 200,
        outputTokens: 120,
      },
      { tenant: "reader", clients: 1, ...allTheTime, promptTokens: 6000, outputTokens: 2 },
    ],
  },
  {
    // One at a time, when nobody else is there.
    model: "lonely",
    expected: "low-batchability",
    tenant: "hermit",
    contextTokensMax: 8192,
    engine: roomy,
    prices: { input: "900", cachedInput: "450", output: "9000" },
    clients: [
      {
        tenant: "crowd",
        clients: 16,
        fromPercent: 0,
        untilPercent: 55,
        promptTokens: 100,
        outputTokens: 60,
      },
      {
        tenant: "hermit",
        clients: 1,
        fromPercent: 70,
        untilPercent: 100,
        promptTokens: 100,
        outputTokens: 60,
      },
    ],
  },
  {
    // Little memory, and a tenant that may take it: what was computed is computed again.
    model: "crowded",
    expected: "recompute",
    tenant: "victim",
    contextTokensMax: 4096,
    engine: { timeScale: 2, kvBlocks: 260, adapterSlots: 2 },
    prices: { input: "100", cachedInput: "50", output: "16500" },
    clients: [
      { tenant: "victim", clients: 4, ...allTheTime, promptTokens: 3900, outputTokens: 20 },
      {
        tenant: "vip",
        clients: 1,
        ...allTheTime,
        promptTokens: 3900,
        outputTokens: 5,
        pauseMs: 300,
      },
    ],
  },
  {
    // More adapters than slots, each for a moment.
    model: "many",
    expected: "adapter-thrash",
    tenant: "juggler",
    contextTokensMax: 8192,
    engine: { timeScale: 1, kvBlocks: 27_000, adapterSlots: 2 },
    prices: { input: "100", cachedInput: "50", output: "10000" },
    clients: [
      {
        tenant: "plain",
        clients: 8,
        fromPercent: 0,
        untilPercent: 30,
        promptTokens: 100,
        outputTokens: 60,
      },
      {
        tenant: "juggler",
        clients: 1,
        fromPercent: 35,
        untilPercent: 100,
        promptTokens: 100,
        outputTokens: 2,
        adapters: 8,
      },
    ],
  },
  {
    // The same long text each time; one has its serial number before it, and nothing after that is ever found again.
    model: "cached",
    expected: "low-cache-use",
    tenant: "forgetful",
    contextTokensMax: 8192,
    engine: { ...roomy, timeScale: 3 },
    prices: { input: "60", cachedInput: "15", output: "9000" },
    clients: [
      {
        tenant: "mindful",
        clients: 2,
        ...allTheTime,
        promptTokens: 4000,
        outputTokens: 10,
        sharesPrefix: true,
      },
      { tenant: "forgetful", clients: 1, ...allTheTime, promptTokens: 4000, outputTokens: 10 },
    ],
  },
];
