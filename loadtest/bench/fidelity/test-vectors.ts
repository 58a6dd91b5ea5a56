// What the step tables must say of five steps, worked out by hand from the published terms: host time, G(N), decode and
// prefill attention.

import { profileNamed } from "#services/worker/engine/profiles.ts";
import type { StepLoad } from "#services/worker/engine/step-time.ts";
import { emptyLoad, stepTime, totalMs } from "#services/worker/engine/step-time.ts";

export interface VectorRow {
  readonly profile: string;
  readonly step: string;
  readonly expected_ms: number;
  readonly table_ms: number;
  readonly agrees: boolean;
}

const decodes64At2048 = { decodes: 64, decodeContextTokens: 64 * 2048 };

const vectors: readonly (readonly [string, string, Partial<StepLoad>, number])[] = [
  ["qwen25_72b/tp2/fp8", "64 decodes × 2,048", decodes64At2048, 26.872],
  [
    "qwen25_72b/tp2/fp8",
    "64 decodes × 2,048 and a fresh chunk of 448",
    { ...decodes64At2048, prefillTokens: 448, prefillPairs: 448 * 224 },
    52.775,
  ],
  [
    "qwen25_72b/tp2/fp8",
    "64 decodes × 2,048 and a fresh chunk of 449",
    { ...decodes64At2048, prefillTokens: 449, prefillPairs: 449 * 224.5 },
    80.326,
  ],
  [
    "llama3_8b/tp1/bfloat16",
    "128 decodes × 1,024",
    { decodes: 128, decodeContextTokens: 128 * 1024 },
    13.781,
  ],
  [
    "llama3_8b/tp1/bfloat16",
    "64 decodes × 1,024 and a chunk of 1,984 behind 2,048",
    {
      decodes: 64,
      decodeContextTokens: 64 * 1024,
      prefillTokens: 1984,
      prefillPairs: 1984 * (2048 + 992),
    },
    49.956,
  ],
];

export const vectorRows = (): readonly VectorRow[] =>
  vectors.map(([profile, step, load, expectedMs]) => {
    const time = stepTime(profileNamed(profile), { ...emptyLoad(), ...load });
    const tableMs = Number(totalMs(time).toFixed(3));
    const agrees = tableMs === expectedMs;
    return { profile, step, expected_ms: expectedMs, table_ms: tableMs, agrees };
  });
