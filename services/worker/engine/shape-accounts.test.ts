import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { GpuTime } from "#shared/messages/from-engine.ts";
import { shapeNumbers } from "#shared/model/gpu-shapes.ts";
import { ShapeBooks } from "#services/worker/shape-books.ts";
import { ShapeAccounts } from "./shape-accounts.ts";

const digest = (name: string): AdapterDigest => name as AdapterDigest;

const part = (tenant: string, adapter: string, isDecoding: boolean) => ({
  isDecoding,
  share: { tenant: tenant as TenantId } as Parameters<ShapeAccounts["charge"]>[0]["share"],
  adapterDigest: digest(adapter),
  stepCostMs: 4,
  stepAdapterMs: adapter === "" ? 0 : 1,
});

test("a step's part is of its tenant and adapter, by kind, and the kinds add up to it", () => {
  const accounts = new ShapeAccounts();
  accounts.charge(part("acme", "", false), 101, 0);
  accounts.charge(part("acme", "d1", true), 103, 20);
  accounts.charge(part("acme", "d1", true), 7, 7);
  assert.deepEqual(
    accounts.told().map((one) => [one.adapterDigest, ...shapeNumbers.map((name) => one[name])]),
    [
      ["", 101, 0, 0, 0, 0, 0],
      ["d1", 0, 63, 20, 27, 0, 0],
    ],
  );
});

test("time in which nothing ran but adapters came in is of the one that was there next, once", () => {
  const accounts = new ShapeAccounts();
  accounts.beginLoad(digest("d2"), 300);
  accounts.beginLoad(digest("d1"), 100);
  accounts.chargeLoads(0, 40, 2);
  // A step ran meanwhile.
  accounts.chargeLoads(120, 400, 2);
  accounts.chargeLoads(400, 900, 2);
  assert.deepEqual(
    accounts.told().map((one) => [one.tenant, one.adapterDigest, one.loadUs, one.loads]),
    [
      ["", "d2", 360, 1],
      ["", "d1", 80, 1],
    ],
  );
});

test("a worker tells all of a shape over its engine's lives, and only what has grown", () => {
  const books = new ShapeBooks();
  const wordOf = (accounts: ShapeAccounts): GpuTime =>
    ({ shapes: accounts.told() }) as unknown as GpuTime;
  const first = new ShapeAccounts();
  first.charge(part("acme", "", false), 100, 0);
  assert.equal(books.grown(wordOf(first)).length, 1);
  assert.equal(books.grown(wordOf(first)).length, 0);
  books.endEngineLife(wordOf(first));
  const second = new ShapeAccounts();
  second.charge(part("acme", "", false), 10, 0);
  assert.deepEqual(
    books.grown(wordOf(second)).map(({ prefillUs }) => prefillUs),
    [110],
  );
});
