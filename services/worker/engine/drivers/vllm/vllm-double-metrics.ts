// `/metrics` of the vLLM double, in the names of docs/usage/metrics.md and docs/design/metrics.md.

import { doubledBlockTokens } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import type { DoubledGauges } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";

export function doubledMetrics({
  model,
  gauges,
  kvBlocks,
  lorasMax,
  corruptedRequests,
}: {
  readonly model: string;
  readonly gauges: DoubledGauges;
  readonly kvBlocks: number;
  readonly lorasMax: number;
  readonly corruptedRequests: number;
}): string {
  const labels = `engine="0",model_name="${model}"`;
  // vllm/v1/core/block_pool.py: one block is the null block, which holds nothing; usage leaves it out.
  const cache = `block_size="${doubledBlockTokens}",num_gpu_blocks="${kvBlocks + 1}",enable_prefix_caching="True"`;
  const lines = [
    gauge("num_requests_running", labels, gauges.running),
    gauge("num_requests_waiting", labels, gauges.waiting),
    gauge("kv_cache_usage_perc", labels, gauges.usedBlocks / kvBlocks),
    gauge("cache_config_info", `${cache},engine="0"`, 1),
    // Needs VLLM_COMPUTE_NANS_IN_LOGITS=1.
    gauge("corrupted_requests_total", labels, corruptedRequests, "counter"),
  ];
  if (lorasMax > 0) {
    const loras = `max_lora="${lorasMax}",running_lora_adapters="",waiting_lora_adapters=""`;
    lines.push(gauge("lora_requests_info", loras, 1));
  }
  return lines.join("");
}

const gauge = (name: string, labels: string, value: number, type = "gauge"): string =>
  `# TYPE vllm:${name} ${type}\nvllm:${name}{${labels}} ${Number.isInteger(value) ? value.toFixed(1) : value}\n`;
