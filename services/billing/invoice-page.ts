// An invoice as a page to read and print: one file of HTML, nothing loaded, every word of others escaped.

import type { InvoiceDocument, InvoiceLine } from "#shared/model/invoice.ts";

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const safe = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => escapes[each] ?? "");

/** `1234567` → `1 234 567`, with narrow spaces. */
const grouped = (digits: string): string => digits.replaceAll(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

const amount = (text: string): string => {
  const [whole = "", fraction] = text.split(".");
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
};

const style = `
  body { font: 14px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem }
  header { display: flex; justify-content: space-between; gap: 2rem; margin-bottom: 2rem }
  h1 { font-size: 1.5rem; margin: 0 } p { margin: .2rem 0 } .address { white-space: pre-line; color: #555 }
  table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
  th { font-weight: 600; border-bottom: 2px solid #1a1a1a } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
  .late td { background: #f6f3ea } .sum td { border: 0 } .total td { border-top: 2px solid #1a1a1a; font-weight: 700; font-size: 1.1rem }
  .note { border-left: 4px solid #b58900; padding: .4rem .8rem; background: #f6f3ea; margin: 1rem 0 }
  footer { margin-top: 2rem; color: #555; font-size: 12px } @media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }`;

export function invoicePage(document: InvoiceDocument): string {
  const { number, issuer, tenant, currency, period, issuedAt, lines, credits } = document;
  const title = number === null ? `Preview for ${period.name}` : `Invoice ${number}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(title)}</title><style>${style}</style></head><body>
<header><div><h1>${safe(title)}</h1><p>For <strong>${safe(tenant)}</strong></p>
<p>Period ${safe(period.name)} (${safe(period.from)} to ${safe(period.to)})</p><p>${number === null ? "As of" : "Issued"} ${safe(issuedAt)}</p></div>
<div><p><strong>${safe(issuer.name)}</strong></p><p class="address">${safe(issuer.address)}</p></div></header>
${notes(document)}<table><thead><tr><th class="n">#</th><th>What</th><th class="n">Quantity</th><th class="n">Price</th><th class="n">${safe(currency)}</th></tr></thead>
<tbody>
${lines.map(rowOf).join("\n")}
</tbody><tfoot>
${sumRow("sum", "Subtotal", document.subtotal)}
${credits.map((credit) => sumRow("sum", `Credit ${credit.entry}: ${credit.reason}`, `-${credit.amount}`)).join("\n")}
${sumRow("total", `Total ${currency}`, document.total)}
</tfoot></table>
<footer><p>Each amount is rounded once, half to even, to the smallest unit of ${safe(currency)}. Months, days and hours are UTC. A line of late usage is the
difference to what was billed for its period before.</p></footer></body></html>
`;
}

function notes({ number, openRequests, unpriced = [] }: InvoiceDocument): string {
  const told = [
    ...(number === null
      ? ["This is a preview, not an invoice: what is used from now on is added."]
      : []),
    ...(openRequests === undefined
      ? []
      : [`${openRequests} requests of the period were not over: they come late.`]),
    ...unpriced.map((what) => `Without a price: ${what}`),
  ];
  return told.map((text) => `<p class="note">${safe(text)}</p>\n`).join("");
}

const rowOf = (line: InvoiceLine): string =>
  `<tr${line.isLate === true ? ' class="late"' : ""}><td class="n">${line.position}</td><td>${safe(line.text)}</td>` +
  `<td class="n">${safe(quantityText(line))}</td><td class="n">${safe(priceText(line))}</td><td class="n">${safe(amount(line.amount))}</td></tr>`;

const quantityText = ({ quantity, unit }: InvoiceLine): string =>
  unit === "entry" || unit === "month"
    ? ""
    : `${grouped(quantity)} ${quantity === "1" ? unit : `${unit}s`}`;

function priceText({ unit, price, per, factors = [] }: InvoiceLine): string {
  if (unit === "entry") return "";
  const each = per === "1" ? unit : per === "3600" ? `hour` : `${grouped(per)} ${unit}s`;
  return [`${price} / ${each}`, ...factors].join(" × ");
}

const sumRow = (name: string, text: string, sum: string): string =>
  `<tr class="${name}"><td></td><td colspan="3">${safe(text)}</td><td class="n">${safe(amount(sum))}</td></tr>`;
