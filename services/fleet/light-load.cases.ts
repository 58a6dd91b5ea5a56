// A light, steady load on the edges of a fleet, through the official client, every answer compared with the oracle's:
// what the tests that kill processes see of it from outside.

import OpenAI from "openai";
import { legalText } from "#services/embedded/legal-text.cases.ts";

export interface LightLoad {
  /** Stops asking, waits for what is open, and tells what came of it. */
  stop(): Promise<LoadOutcome>;
  /** Answered whole and right since a moment of `performance.now`. */
  answeredSince(atMs: number): number;
}

export interface LoadOutcome {
  readonly asked: number;
  readonly answered: number;
  /** Text that the oracle does not know: a wrong token reached a client. */
  readonly wrong: readonly string[];
  /** Ended with an error instead, and how; never with a wrong token before it. */
  readonly failed: readonly LoadFailure[];
  /** Of the answered ones. */
  readonly slowestMs: number;
}

export interface LoadFailure {
  readonly edge: string;
  readonly reason: string;
}

export interface LoadPlan {
  /** `host:port` of the edges, asked in turn. */
  readonly edges: readonly string[];
  readonly everyMs: number;
}

const tenants = ["acme", "bolt", "corner"] as const;
const outputTokensMax = 48;

export function startLightLoad({ edges, everyMs }: LoadPlan): LightLoad {
  const answeredAtMs: number[] = [];
  const wrong: string[] = [];
  const failed: LoadFailure[] = [];
  let slowestMs = 0;
  let asked = 0;
  const open = new Set<Promise<void>>();
  const ask = async (edge: string, serial: number): Promise<void> => {
    const tenant = tenants[serial % tenants.length] ?? "acme";
    const prompt = `light load ${serial}`;
    const legal = legalText({ tenant, prompt, outputTokensMax });
    const startedAtMs = performance.now();
    let text = "";
    try {
      const client = new OpenAI({
        apiKey: `fl-demo-${tenant}`,
        baseURL: `http://${edge}/v1`,
        maxRetries: 0,
        timeout: 30_000,
      });
      const stream = await client.completions.create({
        model: "llama-3.1-8b",
        prompt,
        max_tokens: outputTokensMax,
        stream: true,
      });
      let finish: string | null = null;
      for await (const { choices } of stream) {
        text += choices[0]?.text ?? "";
        finish = choices[0]?.finish_reason ?? finish;
      }
      if (text !== legal || finish === null) wrong.push(`${tenant} ${prompt}: ${text}`);
      else answeredAtMs.push(performance.now());
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    } catch (error) {
      if (!legal.startsWith(text)) wrong.push(`${tenant} ${prompt}: ${text}`);
      failed.push({ edge, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const timer = setInterval(() => {
    const serial = asked++;
    const asking = ask(edges[serial % edges.length] ?? "", serial);
    open.add(asking);
    void asking.finally(() => open.delete(asking));
  }, everyMs);
  return {
    answeredSince: (atMs) => answeredAtMs.filter((at) => at >= atMs).length,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return { asked, answered: answeredAtMs.length, wrong, failed, slowestMs };
    },
  };
}
