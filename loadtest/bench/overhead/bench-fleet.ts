// The fleet that overhead is measured on: one replica, the same as the bare engine beside it, and two tenants. One has
// limits so wide that every policy runs and none says no; the other's concurrency is small, so that it queues.

import { createHash } from "node:crypto";

export const wideKey = "fl-bench-wide";
export const narrowKey = "fl-bench-narrow";
export const narrowTenant = "narrow";
export const narrowConcurrency = 2;

export const replica = {
  profile: "llama3_8b/tp1/bfloat16",
  kvBlocks: 27_000,
  // So many streams can be open at once when their memory is measured.
  sequencesMax: 1024,
  stepTokensMax: 2048,
};

/** Every replica is on it. */
export const workerHost = "host-a";

const sha256 = (key: string): string => createHash("sha256").update(key).digest("hex");

const tier = (id: string, concurrencyMax: number): string => `
  - id: ${id}
    weight: 1
    band: 0
    limits:
      requestsPerMinute: 1000000
      tokensPerMinute: 1000000000
      concurrencyMax: ${concurrencyMax}
      queueLengthMax: 4096
      contextTokensMax: 32768`;

const tenant = (id: string, tierId: string, key: string): string => `
  - id: ${id}
    tier: ${tierId}
    models: [llama-3.1-8b]
    keys:
      - id: ${id}-key
        sha256: ${sha256(key)}`;

const worker = (serial: number, sequencesMax: number): string => `
  - id: h100-${serial}
    pool: llama-3.1-8b.eu.interactive
    zone: eu-a
    host: ${workerHost}
    engine:
      kind: simulated
      profile: ${replica.profile}
      gpus: 1
      kvBlocks: ${replica.kvBlocks}
      kvBlockTokens: 16
      sequencesMax: ${sequencesMax}
      stepTokensMax: ${replica.stepTokensMax}
      adapterSlots: 8
      timeScale: 1`;

export interface Replicas {
  readonly count: number;
  readonly sequencesMax: number;
}

export const oneReplica: Replicas = { count: 1, sequencesMax: replica.sequencesMax };

export const benchFleet = ({ count, sequencesMax }: Replicas): string =>
  `tiers:${tier("wide", 4096)}${tier("narrow", narrowConcurrency)}
tenants:${tenant("wide", "wide", wideKey)}${tenant(narrowTenant, "narrow", narrowKey)}
models:
  - id: llama-3.1-8b
    version: "1"
    tokenizer: quad
    contextTokensMax: 32768
    outputTokensDefault: 512
    createdAtEpochS: 1721692800
pools:
  - id: llama-3.1-8b.eu.interactive
    model: llama-3.1-8b
    region: eu
    class: interactive
workers:${Array.from({ length: count }, (_, at) => worker(at + 1, sequencesMax)).join("")}
adapters: []
`;
