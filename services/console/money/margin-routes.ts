// What shapes of work bring and cost, at the admin API: the margin report, and the shapes that lose money with their reasons.

import type { MarginFault, MarginQuestion, MarginReport } from "#shared/model/margin.ts";
import { MarginError } from "#shared/model/margin.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import { periodOf } from "./cost-routes.ts";
import { marginCsv } from "./margin-csv.ts";

export const marginRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: /^\/admin\/v1\/margin$/,
    parameters: ["from", "to", "by", "tenant", "format"],
    answer: margin,
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/margin\/shapes$/,
    parameters: ["from", "to", "tenant", "limit", "all"],
    answer: shapes,
  },
];

const kinds: readonly MarginReport["by"][] = ["tenant", "model", "adapter", "class", "shape"];

async function margin(call: AdminCall): Promise<AdminReply> {
  const { query, ports } = call;
  const by = kinds.find((kind) => kind === (query.word("by") ?? "tenant"));
  if (by === undefined) {
    throw new AdminError("bad_parameter", `by: expected one of ${kinds.join(", ")}.`);
  }
  const format = query.word("format") ?? "json";
  if (format !== "json" && format !== "csv") {
    throw new AdminError("bad_parameter", "format: expected json or csv.");
  }
  const report = await asked(ports.margin.report({ ...questionOf(call), by }));
  if (format === "json") return jsonReply(report);
  return { status: 200, contentType: "text/csv; charset=utf-8", body: marginCsv(report) };
}

async function shapes(call: AdminCall): Promise<AdminReply> {
  const { query, ports } = call;
  const limit = query.count("limit", { fallback: 20, max: 1000 });
  const isAll = query.flag("all");
  return jsonReply(await asked(ports.margin.shapes({ ...questionOf(call), limit, isAll })));
}

function questionOf(call: AdminCall): MarginQuestion {
  const tenant = call.query.word("tenant");
  return { ...periodOf(call), ...(tenant === undefined ? {} : { tenant }) };
}

const codes: Readonly<Record<MarginFault, "bad_parameter" | "no_rates" | "currency_mismatch">> = {
  bad_period: "bad_parameter",
  no_rates: "no_rates",
  currency_mismatch: "currency_mismatch",
};

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof MarginError)) throw error;
    throw new AdminError(codes[error.code], `${error.message}.`);
  }
}
