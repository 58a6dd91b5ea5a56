import assert from "node:assert/strict";
import { test } from "node:test";
import type { InvoiceDocument } from "#shared/model/invoice.ts";
import { invoiceCsv } from "./invoice-csv.ts";
import { invoicePage } from "./invoice-page.ts";

const document: InvoiceDocument = {
  schema: "fairlead.invoice/1",
  number: "FL-000001",
  issuer: { id: "FL", name: "Quay & <Sons>", address: "1 Road\n<script>alert(1)</script>" },
  tenant: "acme",
  currency: "USD",
  period: { name: "2026-11", from: "2026-11-01T00:00:00.000Z", to: "2026-12-01T00:00:00.000Z" },
  issuedAt: "2026-12-01T00:10:00.000Z",
  lines: [
    {
      position: 1,
      kind: "input",
      text: "input tokens, m1",
      period: "2026-11",
      model: "m1",
      quantity: "18014398509481984",
      unit: "token",
      price: "0.15",
      per: "1000000",
      factors: ["0.8"],
      amount: "2161727821.14",
    },
    {
      position: 2,
      kind: "adjustment",
      text: '=cmd|"x", <img src=x onerror=alert(1)>',
      period: "2026-11",
      of: "7",
      quantity: "1",
      unit: "entry",
      price: "-0.50",
      per: "1",
      amount: "-0.50",
    },
  ],
  subtotal: "2161727820.64",
  credits: [{ entry: 3, reason: "@welcome 'you'", amount: "1.00" }],
  total: "2161727819.64",
};

test("as CSV every row has every cell, quotes are doubled, and no words begin a formula", () => {
  const rows = invoiceCsv(document).split("\r\n");
  assert.equal(rows.length, 6);
  assert.equal(rows[5], "");
  assert.match(
    rows[1] ?? "",
    /^FL-000001,acme,2026-11,1,input,2026-11,"input tokens, m1",m1,,,,,18014398509481984,token,0\.15,1000000,0\.8,2161727821\.14,USD$/,
  );
  assert.match(rows[2] ?? "", /,"'=cmd\|""x"", <img src=x onerror=alert\(1\)>",.*,-0\.50,USD$/);
  assert.match(rows[3] ?? "", /,credit,,'@welcome 'you',.*,-1\.00,USD$/);
  assert.match(rows[4] ?? "", /,total,.*,2161727819\.64,USD$/);
});

test("as a page nothing of others' words is markup, and nothing is loaded from anywhere", () => {
  const page = invoicePage(document);
  assert.doesNotMatch(page, /<script|<img|<link|https?:|onerror=alert\(1\)>|@import|url\(/);
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(page, /Quay &amp; &lt;Sons&gt;/);
  assert.match(page, /2\u202f161\u202f727\u202f819\.64/);
  assert.match(
    invoicePage({ ...document, number: null, unpriced: ["<b>"] }),
    /This is a preview[^]*Without a price: &lt;b&gt;/,
  );
  const opened = page.match(/<(?!\/|!|meta)[a-z0-9]+/g)?.length;
  assert.equal(page.match(/<\/[a-z0-9]+>/g)?.length, opened);
});
