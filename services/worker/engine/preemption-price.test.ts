import assert from "node:assert/strict";
import { test } from "node:test";
import { preemptionPrice } from "./preemption-price.ts";
import { profileNamed } from "./profiles.ts";

test("recompute costs a full step per its tokens, a swap the KV twice over the bus", () => {
  const { recomputeUsPerToken, swapUsPerToken } = preemptionPrice(
    profileNamed("llama3_8b/tp1/bfloat16"),
    { stepTokensMax: 2048 },
  );
  // G(2048) 40.606 ms + prefill 0.496 ms + 0.8119 ns × 2048² / 2, over 2,048 tokens.
  assert.equal(recomputeUsPerToken.toFixed(2), "20.90");
  // 2 × 128 KiB at 50 GB/s.
  assert.equal(swapUsPerToken.toFixed(2), "5.24");
});

test("a replica of two GPUs moves half of the KV over each link", () => {
  const { swapUsPerToken } = preemptionPrice(profileNamed("qwen25_72b/tp2/fp8"), {
    stepTokensMax: 2048,
  });
  assert.equal(swapUsPerToken.toFixed(2), "6.55");
});
