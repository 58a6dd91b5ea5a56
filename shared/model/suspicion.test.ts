import assert from "node:assert/strict";
import { test } from "node:test";
import { crashOf, suspectIdentity, together } from "./suspicion.ts";

const asked = {
  tenant: "corner",
  namespace: "n",
  promptDigest: "p",
  outputTokensMax: 60,
  outputTokensMin: 0,
  ignoreEos: false,
  sampling: { temperature: 1 },
};
const same = (change: Partial<typeof asked>): boolean =>
  JSON.stringify(suspectIdentity({ ...asked, ...change })) ===
  JSON.stringify(suspectIdentity(asked));

test("a retry is the same suspect whatever seed its name gave it; another prompt, tenant or length is another", () => {
  assert.ok(same({ sampling: { ...asked.sampling, seed: 7 } as { temperature: number } }));
  assert.ok(!same({ promptDigest: "q" }));
  assert.ok(!same({ tenant: "acme" }));
  assert.ok(!same({ outputTokensMax: 61 }));
  assert.ok(!same({ sampling: { temperature: 0 } }));
});

test("each attempt's crash counts once, whoever knows of it and in whatever order it is told", () => {
  const seen = (outputIndex: number, worker: string) => ({ isAlone: false, outputIndex, worker });
  const first = crashOf(1, seen(7, "w1"));
  const third = crashOf(3, seen(4, "w2"));
  const both = { crashes: 2, attempts: [1, 3], outputIndex: 7, worker: "w2" };
  assert.deepEqual(together(first, third), both);
  assert.deepEqual(together(third, first), both);
  assert.deepEqual(together(both, first), both);
  assert.deepEqual(together(undefined, third), third);
  // What it met under other ids is not among its attempts, and is counted besides.
  const elsewhere = { crashes: 1, outputIndex: 9, worker: "w3" };
  assert.deepEqual(together(elsewhere, both), { ...both, crashes: 3, outputIndex: 9 });
  assert.deepEqual(together(elsewhere, elsewhere), elsewhere);
  const alone = crashOf(4, { isAlone: true, outputIndex: 7, worker: "w1" });
  assert.equal(together(alone, both)?.isGuilty, true);
  assert.equal(together(both, alone)?.crashes, 3);
});
