// Where a client wants to read on: `?after=12`, or the header by which browsers say it. Pure.

import type { Refusal } from "#shared/model/refusal.ts";

/** The index that it has last; -1: nothing. */
export function readPosition(url: string, lastEventId: string | undefined): number | Refusal {
  const query = url.indexOf("?");
  const asked = query < 0 ? null : new URLSearchParams(url.slice(query + 1)).get("after");
  const text = asked ?? lastEventId;
  if (text === undefined) return -1;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const message = "`after` must be the id of the last event that you have, an integer.";
  return { code: "malformed_request", message, param: "after" };
}
