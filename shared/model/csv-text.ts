// Rows as CSV (RFC 4180): a heading, CRLF, and quotes only where they are needed. Law: no cell begins a formula in a spreadsheet,
// for names and reasons are other people's words; a plain number may be negative. Pure.

export type CsvValue = string | number | null;

/** Every row has the headings' columns, in their order. */
export const csvText = (
  headings: readonly string[],
  rows: readonly (readonly CsvValue[])[],
): string => [headings, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

function cell(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = value;
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
