// The contract of everything that keeps dead letters, as one suite.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";

let made = 0;

export const letterOf = (fields: Partial<DeadLetter> = {}): DeadLetter => ({
  requestId: (++made).toString(16).padStart(32, "0") as RequestId,
  tenant: "acme" as TenantId,
  edge: "edge-1" as EdgeId,
  model: "m",
  modelVersion: "1",
  pool: "m.eu.interactive" as PoolId,
  adapterDigest: "",
  cause: "request_crashes_engine",
  attempts: 3,
  engineCrashes: 3,
  worker: "w1",
  promptTokens: 7,
  outputTokensMax: 50,
  outputTokensMin: 0,
  deliveredTokens: 0,
  stopStrings: 0,
  ignoreEos: false,
  sampling: { temperature: 0.5 },
  arrivedAtEpochMs: Date.now(),
  afterMs: 1200,
  digest: "d".repeat(64),
  ...fields,
});

/** `open` begins with none. */
export function deadLettersCases(name: string, open: () => Promise<DeadLetters>): void {
  const law = (sentence: string, check: (letters: DeadLetters) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => check(await open()));
  };

  law("what is written is found whole, and listed newest first", async (letters) => {
    const [first, second] = [letterOf(), letterOf()];
    await letters.write(first);
    await letters.write(second);
    assert.deepEqual(await letters.find(first.requestId), first);
    assert.deepEqual(await letters.list({ limit: 10 }), [second, first]);
    assert.deepEqual(await letters.list({ limit: 1 }), [second]);
  });

  law("a letter written twice stands once", async (letters) => {
    const letter = letterOf();
    await letters.write(letter);
    await letters.write(letter);
    assert.equal((await letters.list({ limit: 10 })).length, 1);
  });

  law("a list of one tenant has no other tenant's", async (letters) => {
    const [own, other] = [letterOf(), letterOf({ tenant: "bolt" as TenantId })];
    await letters.write(own);
    await letters.write(other);
    assert.deepEqual(await letters.list({ tenant: "acme", limit: 10 }), [own]);
  });

  law("a dropped letter is gone, once", async (letters) => {
    const [kept, dropped] = [letterOf(), letterOf()];
    await letters.write(kept);
    await letters.write(dropped);
    assert.equal(await letters.drop(dropped.requestId), true);
    assert.equal(await letters.drop(dropped.requestId), false);
    assert.equal(await letters.find(dropped.requestId), undefined);
    assert.deepEqual(await letters.list({ limit: 10 }), [kept]);
  });

  law("of what there never was, nothing is found or dropped", async (letters) => {
    assert.equal(await letters.find("ab".repeat(16)), undefined);
    assert.equal(await letters.drop("no id at > all.*"), false);
    assert.deepEqual(await letters.list({ limit: 10 }), []);
  });
}
