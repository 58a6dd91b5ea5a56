// Counts of admissions as they travel over the stream of usage: JSON, checked row by row where they arrive.

import type { AdmissionRow } from "#shared/model/reconciliation.ts";

export const packAdmissions = (admissions: readonly AdmissionRow[]): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ version: 1, admissions }));

const rowsMax = 250;
const words = ["tenant", "process", "life"] as const;
const numbers = ["minuteEpochMs", "opened", "served", "cancelled", "failed"] as const;

/** Undefined: not a list of counts. */
export function asAdmissions(value: unknown): readonly AdmissionRow[] | undefined {
  if (!Array.isArray(value) || value.length > rowsMax) return undefined;
  return value.every(isAdmissionRow) ? (value as readonly AdmissionRow[]) : undefined;
}

function isAdmissionRow(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const row = value as Readonly<Record<string, unknown>>;
  const isWord = (field: string): boolean => {
    const word = row[field];
    return typeof word === "string" && word !== "" && !word.includes("\0");
  };
  const isCount = (field: string): boolean =>
    Number.isSafeInteger(row[field]) && Number(row[field]) >= 0;
  return words.every(isWord) && numbers.every(isCount);
}
