import assert from "node:assert/strict";
import { test } from "node:test";
import { finalEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { packUsage, unpackStored, unpackUsage, usageMessageBytesMax } from "./usage-message.ts";

test("a batch of any size travels in parts that the stream takes, in order and whole", () => {
  const entries = [...Array(700)].map((_, index) =>
    finalEntry({ requestId: request(`r${index}`), workerType: "w".repeat(900) }),
  );
  const parts = packUsage(entries);
  assert.ok(parts.every(({ length }) => length < usageMessageBytesMax));
  const back = parts.flatMap((part) => {
    const unpacked = unpackUsage(part);
    return unpacked.kind === "usage" ? unpacked.entries : [];
  });
  assert.deepEqual(back, entries);
  const vast = finalEntry({ tenant: tenant("t".repeat(usageMessageBytesMax)) });
  assert.throws(() => packUsage([vast]), /too large/);
});

test("what is not usage is told by a reason that names no value", () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const { record } = finalEntry();
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [null, /version unknown/],
    [{ version: 2, entries: [] }, /version 2/],
    [{ version: 1, entries: 7 }, /no list/],
    [{ version: 1, entries: [{ record }] }, /without isFinal/],
    [{ version: 1, entries: [{ record: { ...record, gpuUs: "1" }, isFinal: true }] }, /gpuUs/],
    [
      { version: 1, entries: [{ record: { ...record, gpuUs: -1 }, isFinal: true }] },
      /out of range/,
    ],
    [
      { version: 1, entries: [{ record: { ...record, outputTokens: 0.5 }, isFinal: true }] },
      /out of range/,
    ],
    [
      { version: 1, entries: [{ record: { ...record, promptTokens: 9e15 }, isFinal: true }] },
      /out of range/,
    ],
    [{ version: 1, entries: [{ record: { ...record, tenant: "" }, isFinal: true }] }, /its key/],
  ];
  for (const [value, reason] of cases) {
    const unpacked = unpackUsage(bytes(value));
    assert.equal(unpacked.kind, "malformed");
    assert.match(unpacked.reason, reason);
  }
  assert.equal(unpackUsage(new Uint8Array([0xff])).kind, "malformed");
  assert.equal(unpackStored(bytes({ created: 1 })), undefined);
  assert.deepEqual(unpackStored(bytes({ created: "a", sequence: 3 })), {
    created: "a",
    sequence: 3,
  });
});

test("what a publisher tells that is older than a field is taken as if it did not know", () => {
  const later = ["poolClass", "tier", "splitAtEpochMs", "outputTokensBefore"];
  const older = Object.entries(finalEntry().record).filter(([field]) => !later.includes(field));
  const entries = [{ record: Object.fromEntries(older), isFinal: true }];
  const unpacked = unpackUsage(new TextEncoder().encode(JSON.stringify({ version: 1, entries })));
  assert.equal(unpacked.kind, "usage");
  const { poolClass, tier, splitAtEpochMs, outputTokensBefore } = unpacked.entries[0]?.record ?? {};
  assert.deepEqual([poolClass, tier, splitAtEpochMs, outputTokensBefore], ["", "", 0, 0]);
});
