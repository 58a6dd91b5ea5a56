import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionAddress } from "#shared/messages/addresses.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { Reservation } from "./reservation.ts";
import { noteDelivered, noteExecuted, reservationOf, tokensUsed } from "./reservation.ts";

const submit: Submit = {
  kind: "submit",
  requestId: "r1" as RequestId,
  attempt: 1,
  pool: "main" as PoolId,
  adapterDigest: "" as AdapterDigest,
  prefixKeys: [],
  promptTokens: 100,
  outputTokensMax: 50,
  deliveredTokens: 0,
  admitted: false,
  ageMs: 0,
  remainingMs: 1000,
};

const held = (): Reservation =>
  reservationOf(submit, sessionAddress("e1" as EdgeId, submit.requestId), {
    charge: { step: 0, tokens: 150, isRestored: false },
    position: 1,
    nowMs: 0,
  });

test("what never ran uses nothing", () => {
  const reservation = held();
  noteExecuted(reservation, 1, nothingExecuted);
  assert.equal(tokensUsed(reservation), 0);
});

test("once its prefill ran, the prompt is used; also if it was all cached", () => {
  const computed = held();
  noteExecuted(computed, 1, { ...nothingExecuted, prefillTokens: 16 });
  assert.equal(tokensUsed(computed), 100);
  const cached = held();
  noteExecuted(cached, 1, { ...nothingExecuted, cachedTokens: 100 });
  assert.equal(tokensUsed(cached), 100);
});

test("witnesses merge by maximum, in any order and however often", () => {
  const words: readonly ((reservation: Reservation) => void)[] = [
    (reservation) => noteExecuted(reservation, 1, { ...nothingExecuted, outputTokens: 30 }),
    (reservation) => noteExecuted(reservation, 1, { ...nothingExecuted, outputTokens: 12 }),
    (reservation) => noteDelivered(reservation, 20),
  ];
  for (const order of [words, words.toReversed(), [...words, ...words]]) {
    const reservation = held();
    for (const tell of order) tell(reservation);
    assert.equal(tokensUsed(reservation), 130);
  }
});

test("output recomputed by a retry counts once, and never more than was reserved", () => {
  const reservation = held();
  noteDelivered(reservation, 20);
  reservation.attempt = 2;
  reservation.forcedTokens = 20;
  noteExecuted(reservation, 1, { ...nothingExecuted, outputTokens: 28 });
  noteExecuted(reservation, 2, { ...nothingExecuted, prefillTokens: 120, outputTokens: 5 });
  assert.equal(tokensUsed(reservation), 125);
  noteExecuted(reservation, 2, { ...nothingExecuted, outputTokens: 900 });
  assert.equal(tokensUsed(reservation), 150);
});
