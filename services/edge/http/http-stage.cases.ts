// For tests: a scripted edge behind a real HTTP door on a free port, closed when the test ends.

import type { TestContext } from "node:test";
import OpenAI from "openai";
import type { EdgeConfig } from "#services/edge/config.ts";
import { startHttpApi } from "./http-api.ts";
import type { Script, ScriptedDesks, ScriptedEdge } from "#services/edge/scripted-edge.cases.ts";
import { startScriptedEdge } from "#services/edge/scripted-edge.cases.ts";

export interface HttpStage extends ScriptedEdge {
  readonly port: number;
  readonly client: (key?: string) => OpenAI;
}

export async function httpStage(
  context: TestContext,
  script: Script,
  config: Partial<EdgeConfig> = {},
  desks: ScriptedDesks = {},
): Promise<HttpStage> {
  const scripted = startScriptedEdge(script, config, desks);
  const http = await startHttpApi(scripted.edge, { port: 0 });
  context.after(async () => {
    await scripted.edge.drain(0);
    await http.close();
    scripted.stop();
  });
  const baseURL = `http://127.0.0.1:${http.port}/v1`;
  return {
    ...scripted,
    port: http.port,
    client: (apiKey = "key-acme") => new OpenAI({ apiKey, baseURL, maxRetries: 0 }),
  };
}

export async function gather<Item>(stream: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
