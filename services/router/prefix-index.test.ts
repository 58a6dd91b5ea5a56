import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { prefixRungTokens } from "#shared/model/prefix-ladder.ts";
import type { PrefixHolder } from "./prefix-index.ts";
import { PrefixIndex } from "./prefix-index.ts";

interface Worker extends PrefixHolder {
  filledTokens: number;
  prefixMisses: number;
}

const worker = (bit = 0): Worker => ({ sign: 1 << bit, filledTokens: 0, prefixMisses: 0 });
const forever = Number.POSITIVE_INFINITY;
const [rung1 = 0, rung2 = 0, rung3 = 0] = prefixRungTokens;

const index = (generationMax = 1000): PrefixIndex<Worker> => new PrefixIndex(generationMax);

/** What is believed, as [worker, tokens]. */
const hits = (prefixes: PrefixIndex<Worker>, keys: readonly number[]): [Worker, number][] =>
  prefixes.hitsOf(keys).map(({ holder, tokens }) => [holder, tokens]);

test("as much is held as the longest beginning in common, per worker", () => {
  const [w1, w2] = [worker(), worker()];
  const prefixes = index();
  prefixes.remember([9, 1, 2, 3], w1, { tokens: rung3, untilTokens: forever });
  prefixes.remember([9, 1, 5], w2, { tokens: rung2, untilTokens: forever });
  assert.deepEqual(hits(prefixes, [9, 1, 2, 8]), [
    [w1, rung2],
    [w2, rung1],
  ]);
  assert.deepEqual(hits(prefixes, [9, 4]), []);
  assert.deepEqual(hits(prefixes, []), []);
});

test("of a prompt only what was computed is held", () => {
  const w1 = worker();
  const prefixes = index();
  prefixes.remember([9, 1, 2, 3], w1, { tokens: rung3 - 1, untilTokens: forever });
  assert.deepEqual(hits(prefixes, [9, 1, 2, 3]), [[w1, rung2]]);
});

test("nothing is found from another namespace, even under equal keys", () => {
  const w1 = worker();
  const prefixes = index();
  prefixes.remember([9, 1, 2], w1, { tokens: rung2, untilTokens: forever });
  assert.deepEqual(hits(prefixes, [8, 1, 2]), []);
  prefixes.forget([8, 1, 2], w1, 0);
  assert.deepEqual(hits(prefixes, [9, 1, 2]), [[w1, rung2]]);
});

test("a worker that filled its cache since holds it no longer", () => {
  const w1 = worker();
  const prefixes = index();
  prefixes.remember([9, 1], w1, { tokens: rung1, untilTokens: 1000 });
  w1.filledTokens = 999;
  assert.deepEqual(hits(prefixes, [9, 1]), [[w1, rung1]]);
  w1.filledTokens = 1000;
  assert.deepEqual(hits(prefixes, [9, 1]), []);
});

test("a worker that turned out not to hold it is forgotten for what is beyond, and others are not", () => {
  const [w1, w2] = [worker(), worker()];
  const prefixes = index();
  const keys = [9, 1, 2, 3];
  for (const w of [w1, w2]) prefixes.remember(keys, w, { tokens: rung3, untilTokens: forever });
  prefixes.forget(keys, w1, rung1);
  assert.deepEqual(new Map(hits(prefixes, keys)).get(w1), rung1);
  assert.deepEqual(new Map(hits(prefixes, keys)).get(w2), rung3);
});

test("a life that is over holds nothing and takes no room", () => {
  const [w1, w2] = [worker(), worker()];
  const prefixes = index(2);
  for (let key = 1; key <= 3; key++) {
    prefixes.remember([9, key], key === 2 ? w2 : w1, { tokens: rung1, untilTokens: forever });
  }
  prefixes.forgetHolder(w1);
  assert.deepEqual(hits(prefixes, [9, 1]), []);
  assert.deepEqual(hits(prefixes, [9, 2]), [[w2, rung1]]);
  assert.equal(prefixes.size, 1);
});

test("prefixes unused for a generation are forgotten, used ones stay", () => {
  const w1 = worker();
  const prefixes = index(10);
  const keep = { tokens: rung1, untilTokens: forever };
  prefixes.remember([9, 1], w1, keep);
  for (let key = 100; key < 125; key++) {
    prefixes.remember([9, key], w1, keep);
    prefixes.remember([9, 2], w1, keep);
  }
  assert.deepEqual(hits(prefixes, [9, 1]), []);
  assert.deepEqual(hits(prefixes, [9, 2]), [[w1, rung1]]);
});

test("what everybody begins with is remembered of a few workers, the latest", () => {
  const prefixes = index();
  const workers = Array.from({ length: 20 }, worker);
  for (const w of workers) prefixes.remember([9, 1], w, { tokens: rung1, untilTokens: forever });
  const held = hits(prefixes, [9, 1]).map(([holder]) => holder);
  assert.equal(held.length, 8);
  assert.equal(held.at(-1), workers.at(-1));
});

test("however it is used, it is bounded and says nothing of a namespace or a worker that was not told", () => {
  const step = fc.record({
    namespace: fc.nat(2),
    keys: fc.array(fc.nat(5), { maxLength: 18 }),
    worker: fc.nat(2),
    act: fc.constantFrom("remember", "forget", "forget-holder"),
    tokens: fc.nat(4096),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const prefixes = index(4);
      const workers = [worker(), worker(), worker()];
      const told = new Set<string>();
      for (const { namespace, keys, worker: at, act, tokens } of steps) {
        const w = workers[at] as Worker;
        const all = [namespace, ...keys];
        if (act === "remember") {
          prefixes.remember(all, w, { tokens, untilTokens: forever });
          for (const key of keys) told.add(`${namespace}/${key}/${at}`);
        } else if (act === "forget") prefixes.forget(all, w, tokens);
        else prefixes.forgetHolder(w);
        assert.ok(prefixes.size <= 8);
        for (const hit of prefixes.hitsOf(all)) {
          const place = workers.indexOf(hit.holder);
          const rung = prefixRungTokens.indexOf(hit.tokens) + 1;
          assert.ok(told.has(`${namespace}/${all[rung]}/${place}`));
        }
      }
    }),
  );
});

test("who has none of a prompt's signs holds nothing of it", () => {
  const workers = Array.from({ length: 40 }, (_, at) => worker(at % 32));
  const word = fc.record({
    at: fc.nat({ max: 39 }),
    key: fc.nat({ max: 5 }),
    isForgotten: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const prefixes = index();
      for (const { at, key, isForgotten } of words) {
        const keys = [9, key, key * 10];
        const of = workers[at] as Worker;
        if (isForgotten) prefixes.forget(keys, of, 0);
        else prefixes.remember(keys, of, { tokens: rung2, untilTokens: forever });
      }
      for (let key = 0; key <= 5; key++) {
        const keys = [9, key, key * 10];
        for (const { holder } of prefixes.hitsOf(keys)) {
          assert.notEqual(prefixes.signsOf(keys) & holder.sign, 0);
        }
      }
      assert.equal(prefixes.signsOf([9]), 0);
      assert.equal(prefixes.signsOf([8, 1, 10]), 0);
    }),
  );
});
