import assert from "node:assert/strict";
import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { StreamOutcome } from "./stream-client.ts";
import { streamCompletion } from "./stream-client.ts";

const chunk = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, text }] })}\n\n`;
const usage = `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}\n\n`;
const done = "data: [DONE]\n\n";

async function answered(
  context: TestContext,
  pieces: readonly string[],
): Promise<{ readonly outcome: StreamOutcome; readonly text: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  let text = "";
  const outcome = await streamCompletion({
    url: new URL(`http://127.0.0.1:${port}/v1/completions`),
    agent: new Agent(),
    key: "key",
    body: "{}",
    timeoutMs: 5_000,
    onText: (piece) => {
      text += piece;
    },
  });
  return { outcome, text };
}

for (const [how, ids] of [
  ["with ids, as the platform sends them", true],
  ["without, as engines do", false],
] as const) {
  test(`a stream of events ${how} is read to its end`, async (context) => {
    const id = (index: number): string => (ids ? `id: ${index}\n` : "");
    const whole = id(0) + chunk("data: one") + id(1) + chunk(" two") + usage + done;
    // Cut where a packet may end: inside an event.
    const { outcome, text } = await answered(context, [whole.slice(0, 20), whole.slice(20)]);
    assert.equal(outcome.kind, "completed");
    assert.ok(outcome.kind === "completed");
    assert.deepEqual([outcome.promptTokens, outcome.outputTokens], [7, 2]);
    assert.equal(text, "data: one two");
  });
}

test("a stream that ends without its end is broken", async (context) => {
  const { outcome } = await answered(context, [chunk("one"), usage]);
  assert.deepEqual(outcome, { kind: "broken", reason: "stream ended early" });
});
