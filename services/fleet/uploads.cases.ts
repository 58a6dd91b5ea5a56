// For tests: a tenant's adapter at the doors of a fleet: brought at one edge, called at every other.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { floats, safetensors } from "#services/adapter-intake/file/adapter-files.cases.ts";

export interface AdapterAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string };
  };
}

export interface AdapterAsk {
  /** `host:port`. */
  readonly edge: string;
  readonly path?: string;
  readonly tenant?: string;
  readonly method?: string;
  readonly body?: Buffer;
}

export async function askAdapters({
  edge,
  path = "",
  tenant = "acme",
  method = "GET",
  body,
}: AdapterAsk): Promise<AdapterAnswer> {
  const response = await fetch(`http://${edge}/v1/adapters${path}`, {
    method,
    headers: { authorization: `Bearer fl-demo-${tenant}` },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  const retryAfter = response.headers.get("retry-after");
  return {
    status: response.status,
    retryAfter,
    body: (await response.json()) as AdapterAnswer["body"],
  };
}

const rank = 4;
const width = 4_096;

/** On the queries of one layer of the example fleet's 8B model. */
export function queryAdapter(seed: number): { readonly file: Buffer; readonly digest: string } {
  const at = "base_model.model.model.layers.0.self_attn.q_proj";
  const pair = [
    [`${at}.lora_A.weight`, rank, width],
    [`${at}.lora_B.weight`, width, rank],
  ] as const;
  const file = safetensors(
    pair.map(([name, rows, columns]) => ({
      name,
      dtype: "F32" as const,
      rows,
      columns,
      bytes: floats(width * rank, (index) => Math.sin(index + seed) / 50),
    })),
  );
  return { file, digest: createHash("sha256").update(file).digest("hex") };
}

/** Brought at the first edge; what became of it is told at the last. */
export async function failsItsTrial(
  body: Buffer,
  { edges, model }: { readonly edges: readonly [string, string]; readonly model: string },
): Promise<void> {
  const [edge, other] = edges;
  const path = `?name=untuned&base_model=${model}&alpha=8`;
  const failed = await askAdapters({ edge, path, method: "POST", body });

  assert.deepEqual([failed.status, failed.body.error?.code], [422, "adapter_trial_failed"]);
  const { status, tried, reason } = (await askAdapters({ edge: other, path: "/untuned" })).body;
  assert.deepEqual([status, tried], ["rejected", false]);
  assert.ok(failed.body.error?.message.endsWith(String(reason)));
  const answer = await fetch(`http://${other}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({ model: `${model}:untuned`, prompt: "hello", max_tokens: 1 }),
  });
  assert.equal(answer.status, 404, await answer.text());
}
