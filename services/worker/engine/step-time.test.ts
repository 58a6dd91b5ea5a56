import assert from "node:assert/strict";
import { test } from "node:test";
import { profileNamed, profileNames } from "./profiles.ts";
import { throughputKept } from "./adapter-cost.ts";
import { emptyLoad, gemmTime, stepTime, totalMs } from "./step-time.ts";
import type { StepLoad } from "./step-time.ts";

const check = (profile: string, load: Partial<StepLoad>, expectedMs: number): void => {
  const time = totalMs(stepTime(profileNamed(profile), { ...emptyLoad(), ...load }));
  assert.equal(Number(time.toFixed(3)), expectedMs);
};

const decodes64 = { decodes: 64, decodeContextTokens: 64 * 2048 };

test("72B: 64 decodes at 2,048 tokens of context take 26.872 ms", () => {
  check("qwen25_72b/tp2/fp8", decodes64, 26.872);
});

test("72B: a chunk that fills the batch to 512 tokens makes it 52.775 ms", () => {
  check(
    "qwen25_72b/tp2/fp8",
    { ...decodes64, prefillTokens: 448, prefillPairs: 448 * 224 },
    52.775,
  );
});

test("72B: one token past the tile makes it 80.326 ms", () => {
  const prefillPairs = 449 * 224.5;
  check("qwen25_72b/tp2/fp8", { ...decodes64, prefillTokens: 449, prefillPairs }, 80.326);
});

test("8B: 128 decodes at 1,024 tokens of context take 13.781 ms", () => {
  check("llama3_8b/tp1/bfloat16", { decodes: 128, decodeContextTokens: 128 * 1024 }, 13.781);
});

test("8B: a chunk of 1,984 behind 2,048 cached tokens beside 64 decodes takes 49.956 ms", () => {
  check(
    "llama3_8b/tp1/bfloat16",
    {
      decodes: 64,
      decodeContextTokens: 64 * 1024,
      prefillTokens: 1984,
      prefillPairs: 1984 * (2048 + 992),
    },
    49.956,
  );
});

test("the knots are hit exactly, and the last segment goes on", () => {
  for (const name of profileNames) {
    const profile = profileNamed(name);
    profile.knotTokens.forEach((tokens, index) => {
      assert.equal(Number(gemmTime(profile, tokens).toFixed(3)), profile.knotMs[index]);
    });
    assert.ok(gemmTime(profile, 20_000) > gemmTime(profile, 16_384));
  }
});

test("the table is not monotonic and is not repaired", () => {
  const profile = profileNamed("llama3_8b/tp1/bfloat16");
  assert.ok(gemmTime(profile, 8) < gemmTime(profile, 1));
});

test("an adapter costs the typical share of throughput and its bytes", () => {
  const profile = profileNamed("llama3_8b/tp1/bfloat16");
  const plain = { ...emptyLoad(), decodes: 1, decodeContextTokens: 100 };
  const withAdapter = { ...plain, adapterBytes: 84e6, adapterFlops: 84e6 };
  const plainMs = totalMs(stepTime(profile, plain));
  const adapterMs = totalMs(stepTime(profile, withAdapter));
  const bytesMs = 84e6 / 2.7e9 + 84e6 / 5e11;
  assert.ok(Math.abs(adapterMs - (plainMs / throughputKept.typical + bytesMs)) < 1e-9);
});

// VTC's artefact times whole runs of equal requests: prefill_s and decode_s of `a10g_cost_profile.json`, both per
// request. Model steps only, so the host's share is taken out. Its fit errs by 3 to 12 %.
for (const [prompt, output, batch, prefillS, decodeS] of [
  [64, 256, 31, 0.014861129945324313, 0.3002634279189571],
  [256, 256, 19, 0.05584251253228439, 0.5011190740685714],
  [512, 256, 13, 0.10909274908212516, 0.7603553992051345],
] as const) {
  test(`A10G: ${batch} requests of ${prompt} and ${output} tokens step as the artefact timed them`, () => {
    const profile = profileNamed("llama2_7b/tp1/float16/a10g");
    const stepMs = (load: Partial<StepLoad>): number =>
      totalMs(stepTime(profile, { ...emptyLoad(), ...load })) - profile.hostMs;
    const prefillMs = stepMs({ prefillTokens: prompt * batch });
    const meanContextTokens = prompt + (output + 1) / 2;
    const decodeMs = stepMs({ decodes: batch, decodeContextTokens: meanContextTokens * batch });
    assert.ok(Math.abs(prefillMs / (prefillS * 1000 * batch) - 1) < 0.12);
    assert.ok(Math.abs(decodeMs / ((decodeS * 1000 * batch) / output) - 1) < 0.05);
  });
}

test("A10G: a mixed step reads the weights once", () => {
  const mixed = { prefillTokens: 200, decodes: 20, decodeContextTokens: 20 * 384 };
  const expected = 2.7 + (18.2 + 0.2089 * 220) + 35 + (0.0061 * 20 + 0.00189 * 20 * 384);
  check("llama2_7b/tp1/float16/a10g", mixed, Number(expected.toFixed(3)));
});
