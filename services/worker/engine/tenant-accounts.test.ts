import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import { TenantAccounts, toldAccounts } from "./tenant-accounts.ts";

test("more tenants than there are accounts share one without a name, and nothing is lost", () => {
  const accounts = new TenantAccounts();
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 5000; index++) {
      accounts.of(`t${index}` as TenantId).gpuUs += 1;
    }
  }
  const told = toldAccounts(accounts);
  assert.equal(told.length, 4097);
  assert.equal(
    told.reduce((sum, { gpuUs }) => sum + gpuUs, 0),
    10_000,
  );
  assert.equal(told.at(-1)?.tenant, "");
  assert.equal(told.at(-1)?.gpuUs, 2 * (5000 - 4096));
  assert.equal(accounts.nameOf("t4999" as TenantId), "");
  assert.equal(accounts.nameOf("t4095" as TenantId), "t4095");
});
