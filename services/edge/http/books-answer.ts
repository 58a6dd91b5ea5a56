// A tenant's own usage, quotas and invoices. Law: whose they are is the key's word alone; what is another's and what is not there
// are one answer; nothing of it is kept by a cache on the way.

import type { BooksDesk, BooksRecord, RecordsAsked, SeenModel } from "#shared/model/books-desk.ts";
import { BooksError, invoiceFormats } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import type { AdapterNames } from "./books-format.ts";
import {
  invoiceJson,
  quotaJson,
  recordJson,
  recordsCsv,
  seriesCsv,
  seriesJson,
} from "./books-format.ts";
import type { BooksMedia } from "./books-media.ts";
import { mediaTypes, readMedia } from "./books-media.ts";
import type { BooksRoute } from "./books-path.ts";
import type { Exchange } from "./http-exchange.ts";
import { refuse, sendJson } from "./http-exchange.ts";
import { queryOf } from "./known-query.ts";
import { seenModels } from "./seen-models.ts";
import { readRecordsAsked, readSeriesAsked, tooManyPoints, unknownAfter } from "./usage-query.ts";

export function answerBooks(exchange: Exchange, caller: Caller, route: BooksRoute): void {
  const { edge, response } = exchange;
  response.setHeader("cache-control", "private, no-store");
  const closed = edge.closedFor();
  if (closed !== undefined) return refuse(exchange, closed);
  if (edge.books === undefined) return refuse(exchange, unavailable);
  void answerWithin({ exchange, caller, desk: edge.books }, route);
}

interface BooksCall {
  readonly exchange: Exchange;
  readonly caller: Caller;
  readonly desk: BooksDesk;
}

/** What is told, or why nothing is. */
type Answer = Told | Refusal;

interface Told {
  readonly text: string;
  readonly media: BooksMedia;
  readonly headers?: readonly string[];
}

async function answerWithin(call: BooksCall, route: BooksRoute): Promise<void> {
  const { exchange, caller } = call;
  const { booksCalls } = exchange.edge;
  const { tenant } = caller.tenant.policy;
  if (!booksCalls.take(tenant)) return refuse(exchange, tooManyQuestions);
  try {
    const answer = await answerTo(call, route);
    if ("code" in answer) return refuse(exchange, answer);
    sendTold(exchange, answer);
  } catch (error) {
    refuseFault(exchange, error);
  } finally {
    booksCalls.give(tenant);
  }
}

function refuseFault(exchange: Exchange, error: unknown): void {
  if (exchange.response.headersSent) return;
  if (error instanceof BooksError) {
    return refuse(exchange, error.code === "busy" ? tooManyQuestions : tooManyPoints);
  }
  const { edge, requestId } = exchange;
  edge.note("edge.fault", { requestId, reason: String(error).slice(0, 200) });
  refuse(exchange, unavailable);
}

function sendTold(exchange: Exchange, { text, media, headers = [] }: Told): void {
  // A page shows what it is, and runs nothing.
  const guards = ["x-content-type-options", "nosniff", "content-security-policy", pagePolicy];
  sendJson(exchange, {
    status: 200,
    text,
    mediaType: mediaTypes[media],
    headers: [...headers, ...(media === "html" ? guards : [])],
  });
}

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

function answerTo(call: BooksCall, route: BooksRoute): Promise<Answer> {
  switch (route.asks) {
    case "usage":
      return usage(call);
    case "requests":
      return requests(call);
    case "request":
      return request(call, route);
    case "quotas":
      return quotas(call);
    case "invoices":
      return invoices(call);
    case "invoice":
      return invoice(call, route.number);
    default:
      return route satisfies never;
  }
}

const tenantOf = ({ caller }: BooksCall): TenantId => caller.tenant.policy.tenant;
const urlOf = ({ exchange }: BooksCall): string => exchange.incoming.url ?? "";

const mediaOf = (call: BooksCall, offered: readonly BooksMedia[]): BooksMedia | Refusal =>
  readMedia(urlOf(call), call.exchange.incoming.headers.accept, offered);

const namesOf = (call: BooksCall): AdapterNames =>
  call.exchange.edge.view().adapters.get(tenantOf(call)) ?? [];

function narrowingOf({ exchange, caller }: BooksCall): { readonly seen?: readonly SeenModel[] } {
  const seen = seenModels(exchange.edge.view(), caller);
  return seen === undefined ? {} : { seen };
}

const json = (told: object): Told => ({ text: JSON.stringify(told), media: "json" });

async function usage(call: BooksCall): Promise<Answer> {
  const asked = readSeriesAsked(urlOf(call), call.exchange.arrivedAtEpochMs);
  if ("code" in asked) return asked;
  const media = mediaOf(call, ["json", "csv"]);
  if (typeof media === "object") return media;
  const points = await call.desk.series(tenantOf(call), { ...asked, ...narrowingOf(call) });
  const told = { asked, points, names: namesOf(call) };
  return media === "csv" ? { text: seriesCsv(told), media } : json(seriesJson(told));
}

async function requests(call: BooksCall): Promise<Answer> {
  const asked = readRecordsAsked(urlOf(call), call.exchange.arrivedAtEpochMs);
  if ("code" in asked) return asked;
  const media = mediaOf(call, ["json", "csv"]);
  if (typeof media === "object") return media;
  // One more, to know whether there are more.
  const limit = asked.limit + 1;
  const narrowing = narrowingOf(call);
  const found = await call.desk.records(tenantOf(call), { ...asked, ...narrowing, limit });
  if (found === undefined) return unknownAfter;
  const records = found.slice(0, asked.limit);
  const headers = found.length > records.length ? nextLink(asked, records.at(-1)) : [];
  const names = namesOf(call);
  if (media === "csv") return { text: recordsCsv(records, names), media, headers };
  const data = records.map((record) => recordJson(record, names));
  const list = { object: "list", data, has_more: found.length > records.length };
  return { ...json(list), headers };
}

/** The same range, though a range up to now moves on meanwhile. */
function nextLink(
  { fromEpochMs, toEpochMs, limit }: RecordsAsked,
  last: BooksRecord | undefined,
): readonly string[] {
  const query = new URLSearchParams({
    from: String(fromEpochMs),
    to: String(toEpochMs),
    limit: String(limit),
    after: last?.requestId ?? "",
  });
  return ["link", `</v1/usage/requests?${query.toString()}>; rel="next"`];
}

async function request(
  call: BooksCall,
  { requestId }: Extract<BooksRoute, { asks: "request" }>,
): Promise<Answer> {
  const unknown = queryOf(urlOf(call), []);
  if ("code" in unknown) return unknown;
  const record = await call.desk.record(tenantOf(call), { requestId, ...narrowingOf(call) });
  return record === undefined ? noSuchRequest : json(recordJson(record, namesOf(call)));
}

async function quotas(call: BooksCall): Promise<Answer> {
  const unknown = queryOf(urlOf(call), []);
  if ("code" in unknown) return unknown;
  const standing = await call.desk.quotas(tenantOf(call));
  return json({ object: "list", data: standing.map(quotaJson) });
}

async function invoices(call: BooksCall): Promise<Answer> {
  const unknown = queryOf(urlOf(call), []);
  if ("code" in unknown) return unknown;
  if (call.caller.models !== undefined) return narrowKey;
  const issued = await call.desk.invoices(tenantOf(call));
  return json({ object: "list", data: issued.map(invoiceJson) });
}

async function invoice(call: BooksCall, number: string): Promise<Answer> {
  const unknown = queryOf(urlOf(call), ["format"]);
  if ("code" in unknown) return unknown;
  const media = mediaOf(call, invoiceFormats);
  if (typeof media === "object") return media;
  if (call.caller.models !== undefined) return narrowKey;
  const text = await call.desk.invoice(tenantOf(call), { number, format: media });
  return text === undefined ? noSuchInvoice : { text, media };
}

/** The same for another's, and for one that never was. */
const noSuchRequest: Refusal = {
  code: "request_not_found",
  message: "There is no such request of yours. One that has just ended is here within seconds.",
};

const noSuchInvoice: Refusal = {
  code: "invoice_not_found",
  message: "There is no such invoice of yours.",
};

/** An invoice is of all models: it would tell of those that the key may not use. */
const narrowKey: Refusal = {
  code: "scope_missing",
  message: "This key may use some models only, and invoices are of all: ask with one that may.",
};

const tooManyQuestions: Refusal = {
  code: "too_many_questions",
  message: "Too many questions about usage at once. Try again shortly.",
  retryAfterMs: 1_000,
};

const unavailable: Refusal = {
  code: "books_unavailable",
  message: "Usage, quotas and invoices cannot be asked for at the moment. Try again later.",
  retryAfterMs: 5_000,
};
