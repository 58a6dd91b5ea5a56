// Answers of any length, page by page: a page is as many rows as one message of the bus surely holds, and the
// position at which the next begins. Positions are the process's own and stay while rows come and go.

import type { Placed } from "./process-view.ts";

/** Raised when an older asker could no longer read the rows. */
export const pageFormat = 1;

export interface Page {
  readonly format: typeof pageFormat;
  readonly rows: readonly unknown[];
  /** Absent: this was the last. */
  readonly next?: number;
  /** Rows that fit no page, or that this process no longer has. */
  readonly omitted?: number;
}

/** What is asked: of everyone from the beginning, or of those named from a position. */
export interface PageBody {
  readonly from?: Readonly<Record<string, number>>;
}

/** Of the 512 KiB that an answer may have. */
const pageBytesMax = 400 * 1024;

export function pageOf(
  rows: readonly Placed<unknown>[],
  from: number,
  omittedBefore: number = 0,
): Page {
  const taken: unknown[] = [];
  let bytes = 0;
  let omitted = omittedBefore;
  for (const { position, row } of rows) {
    if (position < from) continue;
    const rowBytes = packedBytesAtMost(row);
    if (rowBytes > pageBytesMax) {
      omitted++;
      continue;
    }
    bytes += rowBytes;
    if (bytes > pageBytesMax) return pageWith(taken, { omitted, next: position });
    taken.push(row);
  }
  return pageWith(taken, { omitted });
}

const pageWith = (
  rows: readonly unknown[],
  { omitted, next }: { readonly omitted: number; readonly next?: number },
): Page => ({
  format: pageFormat,
  rows,
  ...(next === undefined ? {} : { next }),
  ...(omitted === 0 ? {} : { omitted }),
});

/** Never less than its MessagePack: a number takes nine bytes, a head five. */
export function packedBytesAtMost(value: unknown): number {
  if (typeof value === "string") return 5 + Buffer.byteLength(value);
  if (typeof value !== "object" || value === null) return 9;
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, one) => sum + packedBytesAtMost(one), 5);
  }
  return Object.entries(value).reduce(
    (sum, [name, one]) => sum + 5 + Buffer.byteLength(name) + packedBytesAtMost(one),
    5,
  );
}

/** Undefined: not a page that can be read here. */
export function asPage(answer: unknown): Page | undefined {
  const page = answer as Partial<Page> | null | undefined;
  const isPage = page?.format === pageFormat && Array.isArray(page.rows);
  return isPage ? (page as Page) : undefined;
}
