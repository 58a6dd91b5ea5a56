// Clients of one name, at a steady rate whatever becomes of them: each a conversation of its own, each telling afterwards which
// version it had, how long its first token took and whether it failed.

import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { Version } from "./rollout-platform.ts";
import { benchKey, benchModel, versionOf } from "./rollout-platform.ts";

export interface ClientCall {
  readonly atEpochMs: number;
  /** Undefined: it was answered without one. */
  readonly version: Version | undefined;
  readonly status: number;
  /** Of what was not answered whole: the error's. */
  readonly code: string;
  /** Undefined: there was none. */
  readonly ttftMs: number | undefined;
}

export interface Clients {
  /** In the order in which they ended. */
  readonly calls: readonly ClientCall[];
  stop(): Promise<void>;
}

const promptTokens = 900;
const outputTokens = 12;
const failedStatus = 0;

export function startClients(url: string, { rate, seed }: { rate: number; seed: number }): Clients {
  const calls: ClientCall[] = [];
  const random = new SeededRandom(seed, "clients");
  const open = new Set<Promise<void>>();
  const over = new AbortController();
  const begin = (number: number): void => {
    const call = ask(url, number)
      .then((ended) => void calls.push(ended))
      .finally(() => open.delete(call));
    open.add(call);
  };
  const running = (async () => {
    let dueMs = performance.now();
    for (let number = 1; !over.signal.aborted; number++) {
      dueMs += (-Math.log(1 - random.next32() / 2 ** 32) * 1000) / rate;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      begin(number);
    }
    await Promise.all(open);
  })();
  return {
    calls,
    stop: () => {
      over.abort();
      return running;
    },
  };
}

/** Four bytes are a token. */
const promptOf = (number: number): string =>
  `question ${number} of a client `.padEnd(promptTokens * 4, `${number} `);

async function ask(url: string, number: number): Promise<ClientCall> {
  const beganMs = performance.now();
  const atEpochMs = Date.now();
  try {
    const response = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${benchKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: `${benchModel}:tone`,
        prompt: promptOf(number),
        max_tokens: outputTokens,
        user: `client-${number}`,
        stream: true,
      }),
      signal: AbortSignal.timeout(60_000),
    });
    const version = versionOf(response.headers.get("x-fairlead-adapter") ?? "");
    const ttftMs = performance.now() - beganMs;
    const text = await response.text();
    const isWhole = response.status !== 200 || text.includes("[DONE]");
    const status = isWhole ? response.status : failedStatus;
    const code = status === 200 ? "" : (/"code":"(\w+)"/.exec(text)?.[1] ?? "cut off");
    // 200 comes with the first token.
    return {
      atEpochMs,
      version,
      status,
      code,
      ttftMs: response.status === 200 ? ttftMs : undefined,
    };
  } catch (error) {
    const code = error instanceof Error ? error.name : "unknown";
    return { atEpochMs, version: undefined, status: failedStatus, code, ttftMs: undefined };
  }
}
