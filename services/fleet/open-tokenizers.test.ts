import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fleet, Model } from "#shared/model/fleet.ts";
import type { Log } from "#shared/telemetry/pino-log.ts";
import { modelsOf, openTokenizers } from "./open-tokenizers.ts";

const broken = { file: "/nowhere/model.gguf", digest: "0".repeat(64) };
const model = (id: string, tokenizer: Model["tokenizer"]): Model => ({
  id,
  version: "1",
  tokenizer,
  contextTokensMax: 100,
  outputTokensDefault: 10,
  createdAtEpochS: 0,
});

function logOf(lines: string[]): Log {
  const say = (...line: readonly unknown[]): number => lines.push(JSON.stringify(line));
  return { say, flush: () => Promise.resolve() } as unknown as Log;
}

test("a process does not start while one of its tokenizers cannot be used: all that is wrong is told", () => {
  const models = [model("a", broken), model("b", { ...broken, digest: "1".repeat(64) })];
  assert.throws(
    () => openTokenizers(() => models, logOf([])),
    /tokenizer of model a: \/nowhere\/model\.gguf: it cannot be read: no such file[^]*of model b/,
  );
});

test("a fleet that changes to one that cannot be used is served as far as it can be", () => {
  const lines: string[] = [];
  let models = [model("a", "quad")];
  const tokenizers = openTokenizers(() => models, logOf(lines));
  models = [model("a", "quad"), model("b", broken)];
  tokenizers.follow();
  assert.match(lines.join("\n"), /a tokenizer cannot be used.*model b/);
  assert.equal(tokenizers.of(broken), undefined);
  assert.ok(tokenizers.of("quad"));
});

test("an edge reads every model's, a worker process its own models', nobody else any", () => {
  const fleet = {
    models: [model("a", "quad"), model("b", "quad")],
    pools: [
      { id: "pa", model: "a" },
      { id: "pb", model: "b" },
    ],
    workers: [
      { id: "w1", pool: "pa", host: "h1" },
      { id: "w2", pool: "pb", host: "h2" },
    ],
  } as unknown as Fleet;
  const ids = (role: Parameters<typeof modelsOf>[0], host = ""): readonly string[] =>
    modelsOf(role, fleet, host).map(({ id }) => id);
  assert.deepEqual(ids("edge"), ["a", "b"]);
  assert.deepEqual(ids("worker", "h2"), ["b"]);
  assert.deepEqual(ids("control"), []);
  assert.deepEqual(ids("registry"), []);
});
