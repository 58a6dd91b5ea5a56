import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { learnRights } from "./adapters.ts";
import type { WorkerState } from "./worker-state.ts";

test("tenants that named the same weights, each for itself, all may run them", () => {
  const state: Pick<WorkerState, "rights"> = { rights: undefined };
  const entry = (digest: string, tenant: string) => ({
    digest: digest as AdapterDigest,
    bytes: 1,
    tenants: [tenant as TenantId],
  });
  const rights = [entry("aa", "acme"), entry("bb", "acme"), entry("aa", "bolt")];
  learnRights(state, { kind: "adapter-rights", rights });
  const known = [...(state.rights ?? [])].map(([digest, tenants]) => [digest, [...tenants]]);
  assert.deepEqual(known, [
    ["aa", ["acme", "bolt"]],
    ["bb", ["acme"]],
  ]);
});
