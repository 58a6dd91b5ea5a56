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
  /** Answered whole and right. */
  readonly answers: readonly LoadAnswer[];
  /** Text that the oracle does not know: a wrong token reached a client. */
  readonly wrong: readonly string[];
  /** Ended with an error instead, and how; never with a wrong token before it. */
  readonly failed: readonly LoadFailure[];
  /** Of the answered ones. */
  readonly slowestMs: number;
}

export interface LoadAnswer {
  readonly requestId: string;
  readonly edge: string;
  readonly outputTokens: number;
  /** Of `performance.now`, when its last token was here. */
  readonly atMs: number;
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
  const answers: LoadAnswer[] = [];
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
    const { requestId, text, end } = await streamed({ edge, tenant, prompt });
    const atMs = performance.now();
    if (end !== "whole") {
      failed.push({ edge, reason: end });
      if (!legal.startsWith(text)) wrong.push(`${tenant} ${prompt}: ${text}`);
      return;
    }
    slowestMs = Math.max(slowestMs, atMs - startedAtMs);
    // Each of the oracle's words is a token of four letters.
    if (text === legal) answers.push({ requestId, edge, outputTokens: text.length / 4, atMs });
    else wrong.push(`${tenant} ${prompt}: ${text}`);
  };
  const timer = setInterval(() => {
    const serial = asked++;
    const asking = ask(edges[serial % edges.length] ?? "", serial);
    open.add(asking);
    void asking.finally(() => open.delete(asking));
  }, everyMs);
  return {
    answeredSince: (sinceMs) => answers.filter(({ atMs }) => atMs >= sinceMs).length,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return { asked, answers, wrong, failed, slowestMs };
    },
  };
}

interface Question {
  readonly edge: string;
  readonly tenant: string;
  readonly prompt: string;
}

interface Streamed {
  readonly requestId: string;
  readonly text: string;
  /** `whole`: it ended with a finish reason. Else why it did not. */
  readonly end: string;
}

async function streamed({ edge, tenant, prompt }: Question): Promise<Streamed> {
  const client = new OpenAI({
    apiKey: `fl-demo-${tenant}`,
    baseURL: `http://${edge}/v1`,
    maxRetries: 0,
    timeout: 30_000,
  });
  let text = "";
  let requestId = "";
  let end = "ended without a finish reason";
  try {
    const { data, response } = await client.completions
      .create({ model: "llama-3.1-8b", prompt, max_tokens: outputTokensMax, stream: true })
      .withResponse();
    requestId = response.headers.get("x-request-id") ?? "";
    for await (const { choices } of data) {
      text += choices[0]?.text ?? "";
      if ((choices[0]?.finish_reason ?? null) !== null) end = "whole";
    }
  } catch (error) {
    end = error instanceof Error ? error.message : String(error);
  }
  return { requestId, text, end };
}
