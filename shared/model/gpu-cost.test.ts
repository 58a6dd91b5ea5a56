import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GpuGroup } from "./gpu-cost.ts";
import { gpuCosts } from "./gpu-cost.ts";
import { noGpuLines, requestsOf, sumOfLines } from "./gpu-lines.ts";
import type { TenantId } from "./ids.ts";
import { decimalText, parseDecimal } from "./money.ts";

const us = fc.integer({ min: 0, max: 10_000_000_000 });
const groups = fc.array(
  fc.record({
    tenants: fc.uniqueArray(fc.record({ tenant: fc.constantFrom("a", "b", "c"), us }), {
      selector: ({ tenant }) => tenant,
    }),
    untoldUs: us,
    idleUs: us,
    downUs: us,
    nanosPerGpuHour: fc.option(fc.bigInt({ min: 0n, max: 9_999_999_999n })),
  }),
  { maxLength: 6 },
);

test("tenants' direct and allocated time adds up to every line, and their money to the price of it, to the billionth", () => {
  fc.assert(
    fc.property(groups, (given) => {
      const all = given.map(({ tenants, untoldUs, idleUs, downUs, nanosPerGpuHour }): GpuGroup => {
        const requestsUs = tenants.reduce((sum, one) => sum + one.us, untoldUs);
        return {
          pool: "p",
          zone: "z",
          workerType: "t",
          rate:
            nanosPerGpuHour === null
              ? undefined
              : {
                  workerType: "*",
                  zone: "*",
                  currency: "USD",
                  perGpuHour: decimalText(nanosPerGpuHour),
                  fromEpochMs: 0,
                  toEpochMs: null,
                },
          lines: { ...noGpuLines, decodeUs: requestsUs, idleUs, downUs },
          tenants: tenants.map((one) => ({
            tenant: one.tenant as TenantId,
            requestsUs: one.us,
            recomputeUs: 0,
          })),
        };
      });
      const rows = gpuCosts(all, "USD");
      const sum = (of: (row: (typeof rows)[number]) => number): number =>
        rows.reduce((whole, row) => whole + of(row), 0);
      const linesUs = all.reduce((whole, { lines }) => whole + sumOfLines(lines), 0);
      assert.equal(
        sum((row) => row.directUs + row.allocatedUs),
        linesUs,
      );
      assert.equal(
        sum((row) => row.directUs),
        all.reduce((whole, { lines }) => whole + requestsOf(lines), 0),
      );
      const nanos = rows.reduce((whole, row) => whole + row.direct.nanos + row.allocated.nanos, 0n);
      const priced = all.reduce((whole, { lines, rate }) => {
        const each = BigInt(sumOfLines(lines)) * parseDecimal(rate?.perGpuHour ?? "0");
        return whole + (each + 1_800_000_000n) / 3_600_000_000n;
      }, 0n);
      assert.equal(nanos, priced);
      for (const row of rows) assert.ok(row.direct.nanos >= 0n && row.allocated.nanos >= 0n);
    }),
  );
});

test("what nobody asked for goes to tenants by what their requests had there, not to those of another pool", () => {
  const group = (pool: string, tenant: string, requestsUs: number, idleUs: number): GpuGroup => ({
    pool,
    zone: "z",
    workerType: "t",
    rate: undefined,
    lines: { ...noGpuLines, decodeUs: requestsUs, idleUs },
    tenants: [{ tenant: tenant as TenantId, requestsUs, recomputeUs: 0 }],
  });
  const rows = gpuCosts(
    [group("p", "a", 10, 90), group("q", "b", 50, 50), group("r", "c", 0, 7)],
    "USD",
  );
  const told = rows.map((row) => [row.tenant, row.directUs, row.allocatedUs, row.unpricedUs]);
  assert.deepEqual(told, [
    ["b", 50, 50, 100],
    ["a", 10, 90, 100],
    [undefined, 0, 7, 7],
  ]);
});
