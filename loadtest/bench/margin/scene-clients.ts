// The clients of all scenes, in a closed loop each. Law: what a client asks is its own and its turn's alone, so that two runs ask the same.

import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { streamCompletion } from "#loadtest/load/stream-client.ts";
import { keyOf, servedModel } from "./scene-platform.ts";
import type { Scene, SceneClient } from "./scenes.ts";

const charactersPerToken = 4;
const timeoutMs = 60_000;

export interface Asked {
  completed: number;
  failed: number;
}

/** Ends when all have what they asked for. */
export async function playScenes(
  url: string,
  scenes: readonly Scene[],
  forMs: number,
): Promise<Asked> {
  const agent = new Agent({ keepAlive: true });
  const asked: Asked = { completed: 0, failed: 0 };
  const startMs = performance.now();
  const play = async (scene: Scene, client: SceneClient, index: number): Promise<void> => {
    const { fromPercent, untilPercent, pauseMs = 0 } = client;
    await sleep((forMs * fromPercent) / 100);
    for (let turn = 0; performance.now() < startMs + (forMs * untilPercent) / 100; turn++) {
      const outcome = await streamCompletion({
        url: new URL(`${url}/v1/completions`),
        agent,
        key: keyOf(client.tenant),
        body: bodyOf(scene, client, turn * client.clients + index),
        timeoutMs,
      });
      asked[outcome.kind === "completed" ? "completed" : "failed"]++;
      await sleep(outcome.kind === "completed" ? pauseMs : 500);
    }
  };
  await Promise.all(
    scenes.flatMap((scene) =>
      scene.clients.flatMap((client) =>
        Array.from({ length: client.clients }, (_, index) => play(scene, client, index)),
      ),
    ),
  );
  agent.destroy();
  return asked;
}

function bodyOf(scene: Scene, client: SceneClient, serial: number): string {
  const { tenant, promptTokens, outputTokens, sharesPrefix, adapters } = client;
  const characters = promptTokens * charactersPerToken;
  const text = `${tenant} reads on `.repeat(Math.ceil(characters / (tenant.length + 10)));
  const prompt =
    sharesPrefix === true
      ? `${text.slice(0, characters - 8)}${String(serial).padStart(8)}`
      : `${String(serial).padStart(8)}${text.slice(0, characters - 8)}`;
  return JSON.stringify({
    model: servedModel(scene, adapters === undefined ? undefined : serial % adapters),
    prompt,
    max_tokens: outputTokens,
    stream: true,
    stream_options: { include_usage: true },
  });
}
