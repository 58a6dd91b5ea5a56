import assert from "node:assert/strict";
import { test } from "node:test";
import { readGpuRates, rateOf } from "./gpu-rates.ts";

const good = { perGpuHour: "2.49", currency: "USD", from: "2026-01-01T00:00Z" };

const bad: readonly (readonly [string, unknown, string])[] = [
  ["no list", 7, "malformed_rate"],
  ["an empty list", [], "malformed_rate"],
  ["no rate", [null], "malformed_rate"],
  ["finer than a billionth", [{ ...good, perGpuHour: "2.4900000001" }], "malformed_rate"],
  ["a float", [{ ...good, perGpuHour: 2.49 }], "malformed_rate"],
  ["vast", [{ ...good, perGpuHour: "1000001" }], "malformed_rate"],
  ["below zero", [{ ...good, perGpuHour: "-1" }], "negative_rate"],
  ["a currency that is none", [{ ...good, currency: "EURO" }], "unknown_currency"],
  ["two currencies", [good, { ...good, workerType: "x", currency: "EUR" }], "currency_mismatch"],
  ["half a minute", [{ ...good, from: "2026-01-01T00:00:30Z" }], "malformed_rate"],
  ["a period of nothing", [{ ...good, to: good.from }], "empty_period"],
  ["two at once", [good, { ...good, from: "2026-02-01T00:00Z" }], "overlapping_rates"],
];

for (const [name, given, code] of bad) {
  test(`rates are refused whole: ${name}`, () => {
    const read = readGpuRates(given);
    assert.equal(read.kind === "refused" ? read.code : read.kind, code);
  });
}

test("the one that names most is in force, from its first minute until before its last", () => {
  const read = readGpuRates([
    { ...good, to: "2026-02-01T00:00Z" },
    { ...good, perGpuHour: "3", from: "2026-02-01T00:00Z" },
    { ...good, perGpuHour: "4", zone: "eu-a" },
    { ...good, perGpuHour: "5", workerType: "h100" },
    { ...good, perGpuHour: "6", workerType: "h100", zone: "eu-a" },
  ]);
  assert.equal(read.kind, "rates");
  const at = (workerType: string, zone: string, text: string): string | undefined =>
    rateOf(read.rates, { workerType, zone }, Date.parse(text))?.perGpuHour;
  assert.equal(at("h200", "eu-b", "2026-01-31T23:59Z"), "2.49");
  assert.equal(at("h200", "eu-b", "2026-02-01T00:00Z"), "3");
  assert.equal(at("h200", "eu-a", "2026-02-01T00:00Z"), "4");
  assert.equal(at("h100", "eu-b", "2026-02-01T00:00Z"), "5");
  assert.equal(at("h100", "eu-a", "2026-02-01T00:00Z"), "6");
  assert.equal(at("h100", "eu-a", "2025-12-31T23:59Z"), undefined);
});
