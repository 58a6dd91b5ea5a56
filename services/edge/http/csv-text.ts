// Rows as CSV (RFC 4180): a heading, CRLF, and quotes only where they are needed. Pure.

export type CsvValue = string | number | null;

/** Every row has the headings' columns, in their order. */
export const csvText = (
  headings: readonly string[],
  rows: readonly (readonly CsvValue[])[],
): string => [headings, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

function cell(value: CsvValue): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
