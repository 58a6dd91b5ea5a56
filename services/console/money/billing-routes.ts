// Prices, invoices, credits, disputes and exports at the admin API. Law: the desk decides and audits; here words become questions.

import type {
  BillingDesk,
  BillingFault,
  ExportFormat,
  NewEntry,
  Reference,
} from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import type { InvoiceDocument } from "#shared/model/invoice.ts";

const asker = "admin-api";

const statuses: Readonly<Record<BillingFault, number>> = {
  bad_price_file: 400,
  bad_amount: 400,
  bad_period: 400,
  bad_cursor: 400,
  currency_mismatch: 409,
  no_account: 409,
  period_not_over: 409,
  accounts_open: 409,
  unpriced_usage: 409,
  nothing_to_bill: 404,
  unknown_invoice: 404,
  unknown_entry: 404,
  unknown_tenant: 404,
  unknown_book: 404,
  already_done: 409,
  too_much: 409,
  key_reused: 409,
};

/** What the desk refuses is the asker's business. */
const told =
  (answer: (call: AdminCall) => Promise<AdminReply>): AdminRoute["answer"] =>
  async (call) => {
    try {
      return await answer(call);
    } catch (error) {
      if (!(error instanceof BillingError)) throw error;
      const { code, message, problems } = error;
      const body = { error: { code, message, ...(problems.length === 0 ? {} : { problems }) } };
      return jsonReply(body, statuses[code]);
    }
  };

const get = (path: RegExp, parameters: readonly string[], answer: Answer): AdminRoute => ({
  method: "GET",
  path,
  parameters,
  answer: told(answer),
});

const post = (path: RegExp, parameters: readonly string[], answer: Answer): AdminRoute => ({
  method: "POST",
  path,
  parameters,
  answer: told(answer),
});

type Answer = (call: AdminCall) => Promise<AdminReply>;

const entryParameters = [
  "amount",
  "currency",
  "reason",
  "key",
  "invoice",
  "line",
  "request",
  "expires",
];

export const billingRoutes: readonly AdminRoute[] = [
  {
    method: "PUT",
    path: /^\/admin\/v1\/prices$/,
    parameters: ["dryRun"],
    answer: told(applyPrices),
  },
  get(/^\/admin\/v1\/prices$/, [], async ({ ports }) =>
    jsonReply({ books: await ports.billing.books() }),
  ),
  get(/^\/admin\/v1\/prices\/([^/]+)$/, [], showBook),
  get(/^\/admin\/v1\/invoices$/, ["tenant", "limit"], listInvoices),
  get(/^\/admin\/v1\/invoices\/([^/]+)$/, ["format"], showInvoice),
  post(/^\/admin\/v1\/invoices$/, ["period", "force", "after"], issueAll),
  post(/^\/admin\/v1\/invoices\/([^/]+)\/void$/, ["reason"], voidInvoice),
  post(
    /^\/admin\/v1\/invoices\/([^/]+)\/write-off$/,
    ["amount", "currency", "reason", "key"],
    writeOff,
  ),
  post(/^\/admin\/v1\/tenants\/([^/]+)\/invoices$/, ["period", "force"], issue),
  get(/^\/admin\/v1\/tenants\/([^/]+)\/invoice-preview$/, ["period", "format"], preview),
  get(/^\/admin\/v1\/tenants\/([^/]+)\/billing$/, ["limit"], books),
  post(/^\/admin\/v1\/tenants\/([^/]+)\/credits$/, entryParameters, entered("grantCredit")),
  post(/^\/admin\/v1\/tenants\/([^/]+)\/adjustments$/, entryParameters, entered("adjust")),
  post(/^\/admin\/v1\/tenants\/([^/]+)\/disputes$/, entryParameters, entered("openDispute")),
  post(/^\/admin\/v1\/disputes\/([^/]+)\/resolve$/, ["amount", "reason"], resolve),
  post(/^\/admin\/v1\/exports$/, ["from", "to"], collect),
  get(/^\/admin\/v1\/exports$/, ["format", "after", "limit"], exported),
];

async function applyPrices({ ports, query, body }: AdminCall): Promise<AdminReply> {
  return jsonReply(await ports.billing.applyPrices(body, asker, query.flag("dryRun")));
}

async function showBook({ ports, id }: AdminCall): Promise<AdminReply> {
  const book = (await ports.billing.books()).find((one) => one.id === id);
  if (book === undefined) throw new BillingError("unknown_book", `There is no price book ${id}.`);
  return jsonReply(book);
}

async function listInvoices({ ports, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant");
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  const filter = { limit, ...(tenant === undefined ? {} : { tenant }) };
  return jsonReply({ invoices: await ports.billing.invoices(filter) });
}

/** As JSON it is what was issued, to the byte. */
async function showInvoice({ ports, id, query }: AdminCall): Promise<AdminReply> {
  return formed(await ports.billing.invoiceText(id), query.word("format"), ports.billing);
}

async function preview({ ports, id, query }: AdminCall): Promise<AdminReply> {
  const document = await ports.billing.preview(id, wanted(query.word("period"), "period"));
  return formed(JSON.stringify(document), query.word("format"), ports.billing);
}

function formed(text: string, format: string | undefined, forms: BillingDesk): AdminReply {
  const document = () => JSON.parse(text) as InvoiceDocument;
  switch (format) {
    case undefined:
    case "json":
      return { status: 200, contentType: "application/json; charset=utf-8", body: text };
    case "csv":
      return { status: 200, contentType: "text/csv; charset=utf-8", body: forms.csv(document()) };
    case "html":
      return { status: 200, contentType: "text/html; charset=utf-8", body: forms.page(document()) };
    default:
      throw new AdminError("bad_parameter", "format: expected json, csv or html.");
  }
}

function wanted(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new AdminError("bad_parameter", `${name}: expected one.`);
}

async function issue({ ports, id, query }: AdminCall): Promise<AdminReply> {
  const wish = {
    tenant: id,
    period: wanted(query.word("period"), "period"),
    isForced: query.flag("force"),
  };
  const { document, isNew } = await ports.billing.issue(wish, asker);
  return jsonReply({ isNew, invoice: document }, isNew ? 201 : 200);
}

async function issueAll({ ports, query }: AdminCall): Promise<AdminReply> {
  const wish = { period: wanted(query.word("period"), "period"), isForced: query.flag("force") };
  return jsonReply(
    await ports.billing.issueAll({ ...wish, after: query.word("after") ?? "" }, asker),
  );
}

async function voidInvoice({ ports, id, query }: AdminCall): Promise<AdminReply> {
  return jsonReply(
    await ports.billing.voidInvoice(id, wanted(query.text("reason"), "reason"), asker),
  );
}

async function writeOff({ ports, id, query }: AdminCall): Promise<AdminReply> {
  return jsonReply(await ports.billing.writeOff({ ...moneyOf(query), invoice: id }, asker), 201);
}

async function books({ ports, id, query }: AdminCall): Promise<AdminReply> {
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  return jsonReply(await ports.billing.tenantBooks(id, limit));
}

function entered(verb: "grantCredit" | "adjust" | "openDispute"): Answer {
  return async ({ ports, id, query }) => {
    const expiresAtEpochMs = query.momentOrSpan("expires", Date.now());
    const wish: NewEntry = {
      ...moneyOf(query),
      ...referenceOf(query),
      tenant: id,
      ...(expiresAtEpochMs === undefined ? {} : { expiresAtEpochMs }),
    };
    return jsonReply(await ports.billing[verb](wish, asker), 201);
  };
}

function moneyOf(
  query: AdminCall["query"],
): Pick<NewEntry, "amount" | "reason" | "key" | "currency"> {
  const currency = query.word("currency");
  return {
    amount: wanted(query.text("amount"), "amount"),
    reason: wanted(query.text("reason"), "reason"),
    key: wanted(query.word("key"), "key"),
    ...(currency === undefined ? {} : { currency }),
  };
}

function referenceOf(query: AdminCall["query"]): Reference {
  const invoice = query.word("invoice");
  const requestId = query.word("request");
  const line = query.word("line") === undefined ? undefined : query.wantedCount("line", 100_000);
  return {
    ...(invoice === undefined ? {} : { invoice }),
    ...(line === undefined ? {} : { line }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

async function resolve({ ports, id, query }: AdminCall): Promise<AdminReply> {
  if (!/^[1-9]\d{0,14}$/.test(id)) {
    throw new BillingError("unknown_entry", "Expected the number of an entry, such as 36.");
  }
  const dispute = Number(id);
  const amount = wanted(query.text("amount"), "amount");
  const reason = wanted(query.text("reason"), "reason");
  return jsonReply(await ports.billing.resolveDispute({ dispute, amount, reason }, asker));
}

async function collect({ ports, query }: AdminCall): Promise<AdminReply> {
  const from = query.moment("from");
  const to = query.moment("to");
  if (from === undefined || to === undefined) {
    throw new AdminError(
      "bad_parameter",
      `${from === undefined ? "from" : "to"}: expected a time.`,
    );
  }
  return jsonReply({ noted: await ports.billing.collect(from, to) });
}

async function exported({ ports, query }: AdminCall): Promise<AdminReply> {
  const format = query.word("format");
  if (format !== "cloudevents" && format !== "stripe") {
    throw new AdminError("bad_parameter", "format: expected cloudevents or stripe.");
  }
  const limit = query.count("limit", { fallback: 500, max: 1000 });
  const known: ExportFormat = format;
  return jsonReply(await ports.billing.exported(known, query.word("after") ?? "", limit));
}
