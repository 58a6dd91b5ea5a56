import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvent } from "./completion-event.ts";

const read = (said: object): unknown => readEvent(JSON.stringify(said));
const one = { content: " towa", tokens: [850], stop: false, tokens_predicted: 4, id_slot: -1 };

test("a token, a silent one, progress and an end", () => {
  assert.deepEqual(read(one), { kind: "token", token: 850, text: " towa", predicted: 4 });
  assert.deepEqual(read({ ...one, content: "" }), {
    kind: "token",
    token: 850,
    text: "",
    predicted: 4,
  });
  const progress = { total: 9, cache: 2, processed: 5, time_ms: 1 };
  assert.deepEqual(read({ ...one, tokens_predicted: 0, prompt_progress: progress }), {
    kind: "progress",
    cachedTokens: 2,
    doneTokens: 5,
  });
  const end = { stop: true, stop_type: "eos", tokens: [1, 2], tokens_predicted: 2 };
  assert.deepEqual(read({ ...end, "timings/cache_n": 3 }), {
    kind: "final",
    end: "eos",
    tokens: [1, 2],
    predicted: 2,
    cachedTokens: 3,
  });
});

test("an error in the stream, and everything of another shape, is a fault", () => {
  assert.throws(() => read({ error: { code: 500, message: "no" } }), /it failed: .*no/);
  for (const said of [
    { ...one, tokens: [1, 2] },
    { ...one, tokens: [-1] },
    { ...one, tokens: "850" },
    { ...one, tokens_predicted: "4" },
    { stop: true, stop_type: "word", tokens: [], tokens_predicted: 0 },
    [],
  ]) {
    assert.throws(() => read(said), JSON.stringify(said));
  }
  assert.throws(() => readEvent("<html>"), /no JSON: <html>/);
});
