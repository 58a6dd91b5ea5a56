import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Ledger } from "./ledger.ts";
import { finalEntry } from "./ledger.cases.ts";
import { ledgerDevice } from "./ledger-device.ts";

const self = "ledger/p1" as Address;
const meter = "meter/p1" as Address;

async function answersOf(record: Ledger["record"]): Promise<unknown[]> {
  const sent: unknown[] = [];
  const device = ledgerDevice({
    ledger: { record } as Ledger,
    host: {
      nowMs: () => 0,
      send: (from, to, message) => {
        sent.push([from, to, message]);
        return "accepted";
      },
    },
  });
  device(self, meter, { kind: "record-usage", batch: 7, records: [finalEntry()] });
  await new Promise((resolve) => setImmediate(resolve));
  return sent;
}

test("a stored batch is answered with recorded", async () => {
  const stored: unknown[] = [];
  const answers = await answersOf(async (entries) => void stored.push(...entries));
  assert.deepEqual(stored, [finalEntry()]);
  assert.deepEqual(answers, [[self, meter, { kind: "recorded", batch: 7 }]]);
});

test("a refused batch is answered with the reason, cut to a line", async () => {
  const answers = await answersOf(async () => {
    throw new Error(`disk full ${"x".repeat(500)}`);
  });
  const [[, , answer]] = answers as [[unknown, unknown, { kind: string; reason: string }]];
  assert.equal(answer.kind, "record-failed");
  assert.match(answer.reason, /^disk full/);
  assert.equal(answer.reason.length, 200);
});
