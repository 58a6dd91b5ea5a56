// Clients of every kind that GPU time is shared among: tenants of three bands, plain and with adapters, short and very long prompts;
// some hang up, some have less time than they need.

import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { streamCompletion } from "#loadtest/load/stream-client.ts";

interface Kind {
  readonly key: string;
  readonly models: readonly string[];
}

const model = "llama-3.1-8b";
const kinds: readonly Kind[] = [
  { key: "fl-demo-acme", models: [model, `${model}:support-tone`, `${model}:summarise`] },
  { key: "fl-demo-bolt", models: [model, `${model}:sql`, `${model}:summarise`] },
  { key: "fl-demo-corner", models: [model, `${model}:summarise`] },
];

export interface ClientCounts {
  completed: number;
  refused: number;
  /** Hung up, timed out, or cut by a death. */
  broken: number;
}

const leastKey = "fl-demo-corner";
const shortTokens = 300;
const longTokens = 12_000;
const patienceMs = 30_000;

export class MixedClients {
  readonly counts: ClientCounts = { completed: 0, refused: 0, broken: 0 };
  readonly #edges: readonly string[];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #running: readonly Promise<void>[];
  #isStopping = false;
  #serial = 0;

  constructor(edges: readonly string[], clients: number) {
    this.#edges = edges;
    this.#running = Array.from({ length: clients }, (_, index) => this.#client(index));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  async #client(index: number): Promise<void> {
    const kind = kinds[index % kinds.length];
    if (kind === undefined) return;
    await sleep(index * 50);
    while (!this.#isStopping) {
      const isRefused = await this.#ask(kind);
      if (isRefused) await sleep(200);
    }
  }

  async #ask({ key, models }: Kind): Promise<boolean> {
    const turn = this.#serial++;
    const edge = this.#edges[turn % this.#edges.length] ?? "";
    const promptTokens = turn % 2 === 1 ? longTokens : shortTokens + (turn % 7) * 100;
    const body = JSON.stringify({
      model: models[turn % models.length],
      prompt: `${turn}`.padEnd(promptTokens * 4, " of words"),
      // Who may be taken from runs long enough for somebody to come.
      max_tokens: key === leastKey ? 1_200 : 60 + (turn % 5) * 80,
      stream: true,
      stream_options: { include_usage: true },
    });
    const outcome = await streamCompletion({
      url: new URL(`http://${edge}/v1/completions`),
      agent: this.#agent,
      key,
      body,
      // Some go before they have all.
      timeoutMs: turn % 9 === 4 ? 250 + (turn % 5) * 300 : patienceMs,
    });
    this.counts[outcome.kind] += 1;
    return outcome.kind !== "completed";
  }
}
