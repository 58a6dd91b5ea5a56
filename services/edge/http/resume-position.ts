// Where a client wants to read on: `?after=12`, or the header by which browsers say it. Pure.

import type { Refusal } from "#shared/model/refusal.ts";
import { queryOf } from "./known-query.ts";

/** The index that it has last; -1: nothing. */
export function readPosition(url: string, lastEventId: string | undefined): number | Refusal {
  const query = queryOf(url, ["after"]);
  if ("code" in query) return query;
  const [asked, ...more] = query.getAll("after");
  const text = asked ?? lastEventId;
  if (text === undefined) return -1;
  if (more.length === 0 && /^\d{1,9}$/.test(text)) return Number(text);
  const message = "`after` must be the id of the last event that you have, an integer.";
  return { code: "malformed_request", message, param: "after" };
}
