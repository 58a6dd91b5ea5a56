// A fleet file of one tenant, one model and one worker before a double of vLLM or SGLang.

/** `more`: what else is said of the engine, and then of the fleet, in the file's own words. */
export const batchServerFleet = (
  kind: "vllm" | "sglang",
  url: string,
  more: readonly string[],
): string => `
tiers:
  - id: all
    weight: 1
    limits: { requestsPerMinute: 60000, tokensPerMinute: 60000000, concurrencyMax: 64, queueLengthMax: 64, contextTokensMax: 1024 }
tenants:
  - { id: acme, tier: all, models: [m], keys: [{ id: acme-key, secret: fl-demo-acme }] }
models:
  - { id: m, version: "1", tokenizer: quad, contextTokensMax: 1024, outputTokensDefault: 16 }
pools:
  - { id: m.eu.interactive, model: m, region: eu, class: interactive }
workers:
  - id: w1
    pool: m.eu.interactive
    zone: eu-a
    host: host-a
    engine:
      kind: ${kind}
      url: ${url}
      double: true
      sequencesMax: 4
      kvBlocks: 400
${more.join("\n")}
`;
