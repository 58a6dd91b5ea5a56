import assert from "node:assert/strict";
import { test } from "node:test";
import { runOf } from "#services/worker/engine/engine.cases.ts";
import { PrefixMemory } from "./prefix-memory.ts";

const prompt = (seed: string, namespace = "one", tokens = 100) =>
  runOf({ seed, namespace, tokens });

test("whole blocks of a prompt are recalled inside its namespace, the last token's never", () => {
  const memory = new PrefixMemory(1000, 16);
  assert.equal(memory.recall(prompt("same")), 0);
  assert.equal(memory.recall(prompt("same")), 96);
  assert.equal(memory.recall(prompt("same", "another")), 0);
  assert.equal(memory.recall(prompt("same", "one", 96)), 80);
  assert.equal(memory.recall(prompt("else")), 0);
});

test("it keeps so many blocks, the least recently used forgotten first", () => {
  const memory = new PrefixMemory(12, 16);
  memory.recall(prompt("first"));
  memory.recall(prompt("second"));
  assert.equal(memory.recall(prompt("first")), 96);
  memory.recall(prompt("third"));
  assert.equal(memory.recall(prompt("first")), 96);
  assert.equal(memory.recall(prompt("second")), 0);
});
