import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Token } from "#shared/model/tokenizer.ts";
import { loadTokenizer } from "#shared/tokenizer/load-tokenizer.ts";
import { callEngine, streamEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EventReader } from "#services/worker/engine/drivers/event-stream.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { readCompletion, readEvent } from "./completion-event.ts";
import { startLlamaServer, withoutLlamaServer } from "./local-llama-server.ts";
import { lostTokensOf } from "./lost-tokens.ts";

// A grammar makes a real server write characters for which the tiny vocabulary has single bytes only; of four bytes each, for shorter ones it
// takes overlong forms, which are no text.
const asked = {
  prompt: [400, 401, 402],
  n_predict: 47,
  temperature: 0,
  grammar: 'root ::= ("𝄞" | "😀")+',
  ignore_eos: true,
  cache_prompt: false,
  return_tokens: true,
  response_fields: ["stop", "stop_type", "tokens", "tokens_predicted", "timings/cache_n"],
};

test(
  "what a real server does not stream of whole characters is found by its text",
  { skip: withoutLlamaServer },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-lost-"));
    const models = writeTinyModels(folder, { size: "tiny", stops: false });
    const server = await startLlamaServer({ ...models, slots: 1, contextTokens: 512 });
    context.after(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });
    const loaded = loadTokenizer(models.model);
    assert.ok(loaded.kind === "loaded");
    const findLost = lostTokensOf(loaded.tokenizer.vocabulary);
    const call = { url: `${server.url}/completion`, method: "POST" } as const;
    const ask = (stream: boolean): string => JSON.stringify({ ...asked, stream });

    const whole = readCompletion(await callEngine({ ...call, body: ask(false) }));
    assert.ok(whole.kind === "final");

    const heard: Token[] = [];
    let gaps = 0;
    const reader = new EventReader((data) => {
      const event = readEvent(data);
      if (event.kind !== "token") return;
      const { token, text, predicted } = event;
      const lostTokens = predicted - heard.length - 1;
      if (lostTokens > 0) {
        gaps++;
        heard.push(...(findLost({ text, token, lostTokens }) ?? []));
      }
      heard.push(token);
    });
    await streamEngine(
      { ...call, body: ask(true) },
      { onOpen: () => undefined, onText: (text) => reader.read(text) },
    );
    assert.ok(gaps >= 5, `${gaps} gaps`);
    assert.deepEqual(heard, whole.tokens.slice(0, heard.length));
    // The last character may not be whole.
    assert.ok(heard.length > whole.tokens.length - 4);
  },
);
