// A page of exported usage, after a cursor: `SEQ` of the minute told last, or `SEQ:REQUEST` inside one. Law: the same cursor gives the same
// page or one that has more in it, and a page is no longer than was asked for.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { ExportFormat, ExportPage } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { CloudEvent } from "./cloud-events.ts";
import { correctionEvent, requestEvents } from "./cloud-events.ts";
import type { MinuteRevision } from "./export-log.ts";
import { revisionsAfter } from "./export-log.ts";
import { stripeEvents } from "./stripe-events.ts";

interface Cursor {
  /** Told whole. */
  readonly seq: number;
  /** Of the next minute, told as far as this. */
  readonly request: string;
}

function cursorOf(text: string): Cursor {
  if (text === "") return { seq: 0, request: "" };
  const [, seq, request = ""] = /^(\d{1,15})(?::([A-Za-z0-9_-]{1,64}))?$/.exec(text) ?? [];
  if (seq === undefined)
    throw new BillingError("bad_cursor", "after: expected a cursor that a page ended with");
  return { seq: Number(seq), request };
}

export async function exportPage(
  queries: SqlQueries,
  {
    format,
    after,
    limit,
  }: { readonly format: ExportFormat; readonly after: string; readonly limit: number },
): Promise<ExportPage> {
  const cursor = cursorOf(after);
  const revisions = await revisionsAfter(queries, cursor.seq, limit + 1);
  if (format === "cloudevents") return cloudPage(queries, { revisions, cursor, limit });
  // Three events of a minute at most.
  const told = revisions.slice(0, Math.max(1, Math.floor(limit / 3)));
  const hasMore = told.length < revisions.length;
  return { ...stripeEvents(told), cursor: String(told.at(-1)?.seq ?? cursor.seq), hasMore };
}

interface CloudAsked {
  readonly revisions: readonly MinuteRevision[];
  readonly cursor: Cursor;
  readonly limit: number;
}

async function cloudPage(
  queries: SqlQueries,
  { revisions, cursor, limit }: CloudAsked,
): Promise<ExportPage> {
  const events: CloudEvent[] = [];
  let { seq, request } = cursor;
  for (const one of revisions) {
    const room = limit - events.length;
    const found = await requestEvents(queries, one, { afterRequest: request, limit: room });
    events.push(...found);
    if (found.length === room) {
      const last = found.at(-1)?.id.split("/").at(-1) ?? request;
      return { events, cursor: `${seq}:${last}`, hasMore: true, unmapped: [] };
    }
    if (one.revision > 1) events.push(correctionEvent(one));
    ({ seq } = one);
    request = "";
    if (events.length >= limit) break;
  }
  const hasMore = (revisions.at(-1)?.seq ?? seq) > seq;
  return { events, cursor: String(seq), hasMore, unmapped: [] };
}
