import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenAiApi } from "./openai-fields.ts";
import type { OpenAiRequest } from "./openai-request.ts";
import { readOpenAiRequest } from "./openai-request.ts";

const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };
const completion = { model: "m", prompt: "hi" };

function read(change: object, api: OpenAiApi = "chat"): OpenAiRequest {
  const reading = readOpenAiRequest(api, { ...(api === "chat" ? chat : completion), ...change });
  if (reading.kind === "refused") assert.fail(JSON.stringify(reading.refusal));
  return reading.request;
}

function refused(body: unknown, api: OpenAiApi = "chat"): readonly [string, string | undefined] {
  const reading = readOpenAiRequest(api, body);
  assert.equal(reading.kind, "refused", JSON.stringify(body));
  return reading.kind === "refused" ? [reading.refusal.code, reading.refusal.param] : ["", ""];
}

test("a full body is read field by field", () => {
  const { generation, isStreamed, includeUsage } = read({
    max_tokens: 5,
    max_completion_tokens: 5,
    min_tokens: 2,
    ignore_eos: true,
    temperature: 0.5,
    top_p: 0.9,
    presence_penalty: 1,
    frequency_penalty: -1,
    seed: 42,
    stop: ["a", "b"],
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.deepEqual(generation, {
    model: "m",
    prompt: { kind: "chat", messages: [{ role: "user", text: "hi" }] },
    outputTokensMax: 5,
    outputTokensMin: 2,
    ignoreEos: true,
    stopStrings: ["a", "b"],
    sampling: { temperature: 0.5, topP: 0.9, presencePenalty: 1, frequencyPenalty: -1, seed: 42 },
  });
  assert.equal(isStreamed, true);
  assert.equal(includeUsage, true);
});

test("text parts are joined, null counts as absent, and an assistant may have said nothing", () => {
  const { generation } = read({
    max_tokens: null,
    stop: "end",
    stream: null,
    stream_options: null,
    messages: [
      {
        role: "developer",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", content: null, refusal: null, tool_calls: [] },
      { role: "tool", tool_call_id: "x", content: "c" },
    ],
  });
  assert.equal(generation.outputTokensMax, undefined);
  assert.deepEqual(generation.stopStrings, ["end"]);
  assert.deepEqual(generation.prompt, {
    kind: "chat",
    messages: [
      { role: "developer", text: "ab" },
      { role: "assistant", text: "" },
      { role: "tool", text: "c" },
    ],
  });
});

test("a prompt is one string, alone or in an array", () => {
  assert.deepEqual(read({}, "completions").generation.prompt, { kind: "text", text: "hi" });
  assert.deepEqual(read({ prompt: ["ho"] }, "completions").generation.prompt, {
    kind: "text",
    text: "ho",
  });
  for (const prompt of [["a", "b"], [1, 2], [[1, 2]]]) {
    assert.deepEqual(refused({ model: "m", prompt }, "completions"), [
      "unsupported_parameter",
      "prompt",
    ]);
  }
  for (const prompt of [undefined, null, 7, {}, []]) {
    assert.deepEqual(refused({ model: "m", prompt }, "completions"), [
      "malformed_request",
      "prompt",
    ]);
  }
});

test("what only credentials may say is ignored, what changes nothing is tolerated", () => {
  read({
    user: "u",
    metadata: { a: "b" },
    store: false,
    service_tier: "auto",
    safety_identifier: "s",
    prompt_cache_key: "k",
    n: 1,
    logprobs: false,
    tools: [],
    tool_choice: "none",
    response_format: { type: "text" },
    logit_bias: {},
    audio: null,
  });
  read({ best_of: 1, echo: false, suffix: "", logprobs: null }, "completions");
});

test("what we cannot do is refused by name", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["n", 2],
    ["logprobs", true],
    ["top_logprobs", 3],
    ["tools", [{}]],
    ["tool_choice", "required"],
    ["response_format", { type: "json_object" }],
    ["logit_bias", { "5": 1 }],
    ["store", true],
    ["service_tier", "priority"],
    ["modalities", ["audio"]],
  ];
  for (const [param, value] of cases) {
    assert.deepEqual(refused({ ...chat, [param]: value }), ["unsupported_parameter", param]);
  }
  assert.deepEqual(refused({ ...completion, logprobs: 1 }, "completions"), [
    "unsupported_parameter",
    "logprobs",
  ]);
});

test("an unknown field is refused by name, wherever it is", () => {
  assert.deepEqual(refused({ ...chat, cache_salt: "x" }), ["unknown_parameter", "cache_salt"]);
  assert.deepEqual(refused(JSON.parse('{"model":"m","messages":[],"__proto__":{"a":1}}')), [
    "unknown_parameter",
    "__proto__",
  ]);
  assert.deepEqual(refused({ ...chat, messages: [{ role: "user", content: "", x: 1 }] }), [
    "unknown_parameter",
    "messages[0].x",
  ]);
  assert.deepEqual(refused({ ...chat, stream: true, stream_options: { x: true } }), [
    "unknown_parameter",
    "stream_options.x",
  ]);
});

test("a wrong type is refused by name", () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ model: 7 }, "model"],
    [{ messages: "hi" }, "messages"],
    [{ messages: undefined }, "messages"],
    [{ messages: ["hi"] }, "messages[0]"],
    [{ messages: [{ content: "hi" }] }, "messages[0].role"],
    [{ messages: [{ role: "robot", content: "hi" }] }, "messages[0].role"],
    [{ messages: [{ role: "user" }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: null }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: [7] }] }, "messages[0].content[0]"],
    [{ messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text"],
    [{ max_tokens: "NaN" }, "max_tokens"],
    [{ max_tokens: "5" }, "max_tokens"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ max_tokens: Number.POSITIVE_INFINITY }, "max_tokens"],
    [{ max_tokens: 1, max_completion_tokens: 2 }, "max_completion_tokens"],
    [{ temperature: "hot" }, "temperature"],
    [{ seed: 1.5 }, "seed"],
    [{ stop: 7 }, "stop"],
    [{ stop: [7] }, "stop"],
    [{ stream: "yes" }, "stream"],
    [{ stream_options: { include_usage: true } }, "stream_options"],
    [{ stream: true, stream_options: 7 }, "stream_options"],
    [{ stream: true, stream_options: { include_usage: 1 } }, "stream_options.include_usage"],
  ];
  for (const [change, param] of cases) {
    assert.deepEqual(refused({ ...chat, ...change }), ["malformed_request", param]);
  }
  assert.deepEqual(
    refused({ ...chat, messages: [{ role: "user", content: [{ type: "image_url" }] }] }),
    ["unsupported_parameter", "messages[0].content[0].type"],
  );
  for (const body of [null, [], 7, "x", undefined]) {
    assert.deepEqual(refused(body), ["malformed_request", undefined]);
  }
});
