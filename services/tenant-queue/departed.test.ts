import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestId } from "#shared/model/ids.ts";
import { noDepartures, recall, remember } from "./departed.ts";

const id = (index: number): RequestId => `r${index}` as RequestId;

test("a departure is remembered for a minute", () => {
  const departed = noDepartures();
  remember(departed, id(1), { kind: "settled", atMs: 1000 });
  assert.equal(recall(departed, id(1), 60_999)?.kind, "settled");
  assert.equal(recall(departed, id(1), 61_000), undefined);
  remember(departed, id(2), { kind: "settled", atMs: 61_000 });
  assert.deepEqual([...departed.keys()], [id(2)]);
});

test("the latest word about a request stands", () => {
  const departed = noDepartures();
  const charge = { step: 0, tokens: 5, isRestored: false };
  remember(departed, id(1), { kind: "lapsed", atMs: 1000, charge, hasRun: false });
  remember(departed, id(2), { kind: "settled", atMs: 2000 });
  remember(departed, id(1), { kind: "settled", atMs: 3000 });
  assert.equal(recall(departed, id(1), 3000)?.kind, "settled");
  assert.deepEqual([...departed.keys()], [id(2), id(1)]);
});

test("no more than 4096 are remembered, the oldest goes first", () => {
  const departed = noDepartures();
  for (let index = 0; index < 5000; index++) {
    remember(departed, id(index), { kind: "settled", atMs: index / 1000 });
  }
  assert.equal(departed.size, 4096);
  assert.equal(recall(departed, id(903), 5), undefined);
  assert.equal(recall(departed, id(904), 5)?.kind, "settled");
});
