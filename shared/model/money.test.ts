import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { minorDigits } from "./currency.ts";
import type { Money, MoneyFault } from "./money.ts";
import {
  amountText,
  decimalText,
  minus,
  money,
  MoneyError,
  parseDecimal,
  payable,
  plus,
  sumOf,
  timesRatio,
} from "./money.ts";

const fault =
  (code: MoneyFault) =>
  (error: unknown): boolean =>
    error instanceof MoneyError && error.code === code;

const amounts = fc
  .bigInt({ min: -(10n ** 24n) + 1n, max: 10n ** 24n - 1n })
  .map((nanos): Money => ({ currency: "EUR", nanos }));

test("what is written is read, and what is read is written: to the last digit", () => {
  fc.assert(fc.property(amounts, ({ nanos }) => parseDecimal(decimalText(nanos)) === nanos));
  for (const [text, nanos, shortest] of [
    ["0.1", 100_000_000n, "0.1"],
    ["-0.000000001", -1n, "-0.000000001"],
    ["007.50", 7_500_000_000n, "7.5"],
    ["999999999999999.999999999", 999_999_999_999_999_999_999_999n, "999999999999999.999999999"],
  ] as const) {
    assert.deepEqual([parseDecimal(text), decimalText(parseDecimal(text))], [nanos, shortest]);
  }
});

test("what is no plain decimal number, or has too many digits, is refused", () => {
  for (const text of ["", "1e3", "1,5", ".5", "5.", "+1", "0x1", "NaN", "1 ", "١", "--1"]) {
    assert.throws(() => parseDecimal(text), fault("not_an_amount"), text);
  }
  for (const text of ["1.0000000001", "1000000000000000", "9".repeat(100_000)]) {
    assert.throws(() => parseDecimal(text), fault("too_many_digits"));
  }
});

test("a currency that ISO 4217 does not have is refused, and two are never reckoned together", () => {
  for (const code of ["", "eur", "EURO", "XXX", "BTC", "__proto__"]) {
    assert.throws(() => money(code, "1"), fault("unknown_currency"), code);
  }
  const mixed = [money("EUR", "1"), money("USD", "1")] as const;
  for (const reckon of [plus, minus])
    assert.throws(() => reckon(...mixed), fault("mixed_currencies"));
  assert.throws(() => sumOf("EUR", [money("USD", "0")]), fault("mixed_currencies"));
});

test("minor units are the currency's own: yen has none, dinars have three", () => {
  assert.deepEqual(["JPY", "EUR", "KWD", "CLF"].map(minorDigits), [0, 2, 3, 4]);
  assert.deepEqual([money("JPY", "12"), money("EUR", "12"), money("KWD", "12")].map(amountText), [
    "12",
    "12.00",
    "12.000",
  ]);
  assert.equal(payable("KWD", "0.001").nanos, 1_000_000n);
  for (const [code, text] of [
    ["JPY", "0.5"],
    ["EUR", "0.001"],
  ] as const) {
    assert.throws(() => payable(code, text), fault("not_minor_units"));
  }
});

test("sums are the same in any order and grouping, and a million of the smallest add up", () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, (a, b, c) => {
      assert.deepEqual(plus(plus(a, b), c), plus(a, plus(b, c)));
      assert.deepEqual(plus(a, b), plus(b, a));
      assert.deepEqual(minus(plus(a, b), b), a);
    }),
  );
  let sum = money("EUR", "0");
  for (let i = 0; i < 1_000_000; i++) sum = plus(sum, money("EUR", "0.000000001"));
  assert.equal(decimalText(sum.nanos), "0.001");
});

test("a half goes to the even neighbour, below zero too", () => {
  const cents = (thousandths: bigint): string =>
    amountText(timesRatio(money("EUR", "0.001"), { times: thousandths, per: 1n }));
  assert.deepEqual([5n, 15n, 25n, 4n, 6n, -5n, -15n, -25n].map(cents), [
    "0.00",
    "0.02",
    "0.02",
    "0.00",
    "0.01",
    "0.00",
    "-0.02",
    "-0.02",
  ]);
});

test("rounding is once and within half a unit: prices times tokens past 2^53 lose no digit", () => {
  const times = fc.bigInt({ min: 0n, max: 2n ** 60n });
  const nanos = fc.bigInt({ min: 0n, max: 10n ** 20n });
  const per = fc.constantFrom(1n, 3_600n, 1_000_000n, 2_592_000n, 7n);
  fc.assert(
    fc.property(nanos, times, per, (price, times, per) => {
      const unit = 10_000_000n;
      const { nanos: rounded } = timesRatio({ currency: "EUR", nanos: price }, { times, per });
      assert.equal(rounded % unit, 0n);
      const error = 2n * (rounded * per - price * times);
      assert.ok((error < 0n ? -error : error) <= unit * per);
    }),
  );
  const most = timesRatio(money("EUR", "999999999.999999999"), {
    times: 2n ** 53n,
    per: 1_000_000n,
  });
  assert.equal(amountText(most), "9007199254740991990.99");
});
