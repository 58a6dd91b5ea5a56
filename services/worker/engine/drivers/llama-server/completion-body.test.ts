import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompletionWish } from "./completion-body.ts";
import { completionBody } from "./completion-body.ts";

const fieldsOf = (wish: Partial<CompletionWish>): Record<string, unknown> =>
  JSON.parse(
    completionBody({
      ids: [1, 2],
      slot: 3,
      adapter: undefined,
      adapterCount: 3,
      mayReuse: false,
      outputTokensMax: 10,
      ignoreEos: false,
      sampling: {},
      outputIndex: 0,
      isStream: true,
      ...wish,
    }),
  ) as Record<string, unknown>;

test("every adapter's scale is named, for the base model too", () => {
  const scales = (wish: Partial<CompletionWish>): unknown => fieldsOf(wish)["lora"];
  const off = [0, 1, 2].map((id) => ({ id, scale: 0 }));
  assert.deepEqual(scales({}), off);
  assert.deepEqual(scales({ adapter: 1 }), [off[0], { id: 1, scale: 1 }, off[2]]);
  assert.deepEqual(scales({ adapterCount: 0 }), []);
});

test("no default of the server decides: temperature 1, all of the probability, no penalty", () => {
  const { temperature, top_p, repeat_penalty, presence_penalty, mirostat, seed } = fieldsOf({});
  assert.deepEqual(
    [temperature, top_p, repeat_penalty, presence_penalty, mirostat, seed],
    [1, 1, 1, 0, 0, -1],
  );
});

test("penalties count all that was said, prompt included", () => {
  assert.equal(fieldsOf({ ids: [1, 2, 3], outputTokensMax: 40 })["repeat_last_n"], 43);
});

test("a seed is the same at the same place of the output, another at another, and never below zero", () => {
  const seedAt = (outputIndex: number, seed = 7): unknown =>
    fieldsOf({ sampling: { seed }, outputIndex })["seed"];
  assert.deepEqual([seedAt(0), seedAt(12), seedAt(12)], [7, 19, 19]);
  for (const seed of [-5, 2 ** 31, 2 ** 40 + 3]) assert.ok(Number(seedAt(0, seed)) >= 0);
});

test("without chance only the likeliest token is looked for", () => {
  assert.deepEqual(fieldsOf({ sampling: { temperature: 0 } })["samplers"], ["penalties", "top_k"]);
  assert.equal(fieldsOf({ sampling: { temperature: 0 } })["top_k"], 1);
  const sampling = { temperature: 0.1 };
  assert.deepEqual(fieldsOf({ sampling })["samplers"], ["penalties", "temperature", "top_p"]);
});
