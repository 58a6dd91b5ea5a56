import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TenantId, WorkerId } from "#shared/model/ids.ts";
import { workerSubset } from "./worker-subset.ts";

const workers = (count: number): WorkerId[] =>
  Array.from({ length: count }, (_, index) => `h100-${index}` as WorkerId);
const tenants = (count: number): TenantId[] =>
  Array.from({ length: count }, (_, index) => `tenant-${index}` as TenantId);

const any = fc.record({
  tenant: fc.string({ minLength: 1, maxLength: 12 }).map((name) => name as TenantId),
  count: fc.integer({ min: 1, max: 40 }),
  size: fc.integer({ min: -1, max: 50 }),
});

test("a subset has the size asked for, never none and never more than there are, and is the same every time", () => {
  fc.assert(
    fc.property(any, ({ tenant, count, size }) => {
      const subset = workerSubset(tenant, workers(count), size);
      assert.equal(subset.size, Math.max(1, Math.min(size, count)));
      assert.deepEqual(subset, workerSubset(tenant, workers(count).toReversed(), size));
    }),
  );
});

test("a worker that comes or goes moves at most one of them", () => {
  fc.assert(
    fc.property(any, ({ tenant, count, size }) => {
      const before = workerSubset(tenant, workers(count), size);
      const after = workerSubset(tenant, workers(count + 1), size);
      const gone = [...before].filter((worker) => !after.has(worker));
      assert.ok(gone.length <= 1);
    }),
  );
});

test("two tenants rarely share all, and the workers are used evenly", () => {
  const pool = workers(16);
  const subsets = tenants(200).map((tenant) => workerSubset(tenant, pool, 4));
  let same = 0;
  let pairs = 0;
  for (const [index, one] of subsets.entries()) {
    for (const other of subsets.slice(index + 1)) {
      pairs += 1;
      if ([...one].every((worker) => other.has(worker))) same += 1;
    }
  }
  // One of 1,820 by chance.
  assert.ok(same / pairs < 0.002, `${same} of ${pairs}`);
  for (const worker of pool) {
    const uses = subsets.filter((subset) => subset.has(worker)).length;
    assert.ok(uses > 25 && uses < 75, `${worker}: ${uses} of 50 expected`);
  }
});
