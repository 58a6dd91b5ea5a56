// The figures that a factor of a loss comes from, in words: what the shape had, and what its peers (all shapes of its model and class) had.

import type { MarginFactor, ShapeFigures } from "#shared/model/margin-factors.ts";
import { directOf } from "#shared/model/margin-factors.ts";
import type { ShapeCost } from "./shape-costs.ts";

export interface EvidenceTerms {
  readonly cost: ShapeCost | undefined;
  readonly own: ShapeFigures;
  readonly peers: ShapeFigures;
  readonly text: (nanos: bigint) => string;
}

export const evidenceOf = (factor: MarginFactor, terms: EvidenceTerms): string =>
  writers[factor](terms);

const writers: Readonly<Record<MarginFactor, (terms: EvidenceTerms) => string>> = {
  "long-prefill": ({ own, peers, text }) =>
    `${per(own.promptTokens, own.requests)} prompt and ${per(own.outputTokens, own.requests)} output tokens a request, ` +
    `of its peers ${per(peers.promptTokens, peers.requests)} and ${per(peers.outputTokens, peers.requests)}; ` +
    `prompts cost ${text(own.prefill)} and brought ${text(own.inputRevenue)}`,
  "low-cache-use": ({ own, peers }) =>
    `${percent(own.cachedTokens, own.promptTokens)} of its prompt tokens were in the prefix cache, of its peers' ${percent(peers.cachedTokens, peers.promptTokens)}`,
  "low-batchability": ({ own, peers, text }) =>
    `1000 output tokens cost ${text(thousand(own.decode, own.outputTokens))}, of its peers ${text(thousand(peers.decode, peers.outputTokens))}: ` +
    "its steps have fewer others in them, or longer texts",
  recompute: ({ own, cost, text }) =>
    `${percent(own.recompute, directOf(own))} of its GPU time was done again, after ${cost?.preemptions ?? 0} preemptions and ` +
    `${Math.max(0, (cost?.attempts ?? 0) - (cost?.requests ?? 0))} further attempts: ${text(own.recompute)}, billed to nobody`,
  "adapter-thrash": ({ own, cost, text }) =>
    `its adapter came in ${cost?.loads ?? 0} times for ${own.requests} requests, and GPUs waited ${seconds(cost?.us.load)} s for it (${text(own.load)}); ` +
    `its kernels cost ${text(own.adapter)}; adapter fees brought ${text(own.adapterRevenue)}`,
  "idle-allocation": ({ own, text }) =>
    `for each second of its requests ${ratio(own.allocated, directOf(own))} s of idle, overhead, down and unaccounted time: ${text(own.allocated)} in all`,
  "price-too-low": ({ own, peers, text }) =>
    `at its peers' average cost: 1000 prompt tokens cost ${text(thousand(peers.prefill, peers.promptTokens))} and bring ${text(thousand(own.inputRevenue, own.promptTokens))}, ` +
    `1000 output tokens ${text(thousand(peers.decode, peers.outputTokens))} and ${text(thousand(own.outputRevenue, own.outputTokens))}`,
};

const per = (amount: bigint, of: bigint): string =>
  of === 0n ? "0" : (Number((amount * 10n) / of) / 10).toFixed(1);

const percent = (part: bigint, whole: bigint): string =>
  whole === 0n ? "0 %" : `${(Number((part * 10_000n) / whole) / 100).toFixed(2)} %`;

const ratio = (part: bigint, whole: bigint): string =>
  whole === 0n ? "0" : (Number((part * 1000n) / whole) / 1000).toFixed(3);

const thousand = (nanos: bigint, tokens: bigint): bigint =>
  tokens === 0n ? 0n : (nanos * 1000n) / tokens;

const seconds = (us: number = 0): string => (us / 1e6).toFixed(3);
