import assert from "node:assert/strict";
import { test } from "node:test";
import { GaugePage } from "./gauge-page.ts";

const page = new GaugePage(
  [
    "# TYPE vllm:num_requests_running gauge",
    'vllm:num_requests_running{engine="0",model_name="m"} 3.0',
    'vllm:num_requests_running{engine="1",model_name="m"} 2.0',
    'vllm:num_requests_running_total{engine="0"} 99.0',
    'vllm:cache_config_info{block_size="16",num_gpu_blocks="None"} 1.0',
    "vllm:bare 7",
    'vllm:broken{a="b"} NaN',
    "",
  ].join("\n"),
);

test("gauges of a name add up over a server's engines, and no longer name counts", () => {
  assert.equal(page.sum("vllm:num_requests_running"), 5);
  assert.equal(page.sum("vllm:bare"), 7);
  assert.equal(page.sum("vllm:absent"), undefined);
});

test("what is missing where it is due, or no number, is a fault", () => {
  assert.throws(() => page.required("vllm:absent"), /its metrics lack vllm:absent/);
  assert.throws(() => page.sum("vllm:broken"), /no number/);
});

test("a label that is not set is absent, not zero", () => {
  assert.equal(page.wholeLabel("vllm:cache_config_info", "block_size"), 16);
  assert.equal(page.wholeLabel("vllm:cache_config_info", "num_gpu_blocks"), undefined);
});
