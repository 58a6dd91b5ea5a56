import assert from "node:assert/strict";
import { test } from "node:test";
import { suspectIdentity } from "./suspicion.ts";

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
