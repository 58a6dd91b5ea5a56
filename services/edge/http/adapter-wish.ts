// What an upload asks for, of its headers and query alone: the body is the file and nothing else.

import type { IncomingMessage } from "node:http";
import type { Model } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { modelNotFound } from "#services/edge/admit.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import type { FleetView } from "#services/edge/fleet-view.ts";
import { malformed } from "#services/edge/generation-request.ts";
import { findTarget, isAllowed } from "#services/edge/resolve-model.ts";
import { isAdapterName } from "./adapter-name.ts";
import type { Exchange } from "./http-exchange.ts";
import { queryOf } from "./known-query.ts";

export interface AdapterWish {
  readonly name: string;
  readonly model: Model;
  /** Of a file that does not say it. */
  readonly alpha: number | undefined;
}

const parameters: readonly string[] = ["name", "base_model", "alpha"];
const alphaForm = /^\d{1,5}(?:\.\d{1,9})?$/;

export function readAdapterWish(
  { incoming, edge }: Exchange,
  caller: Caller,
): AdapterWish | Refusal {
  const unreadable = bodyRefusal(incoming);
  if (unreadable !== undefined) return unreadable;
  const query = queryOf(incoming.url ?? "", parameters);
  if ("code" in query) return query;
  const name = only(query, "name");
  if (name === undefined || !isAdapterName(name)) {
    return malformed("`name` must be 1 to 63 of A-Z, a-z, 0-9, ., _ and -.", "name");
  }
  const base = only(query, "base_model");
  if (base === undefined) return malformed("`base_model` must name a model.", "base_model");
  const alpha = query.has("alpha") ? only(query, "alpha") : "1";
  if (alpha === undefined || !alphaForm.test(alpha)) {
    return malformed("`alpha` must be a number above 0.", "alpha");
  }
  const model = modelOf(edge.view(), caller, { base, name });
  if (model === undefined) return { ...modelNotFound(base), param: "base_model" };
  return { name, model, alpha: query.has("alpha") ? Number(alpha) : undefined };
}

/** Absent, or there more than once. */
function only(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  return more.length === 0 ? value : undefined;
}

/** One that its caller may not use is one that is not there. */
function modelOf(
  view: FleetView,
  caller: Caller,
  { base, name }: { readonly base: string; readonly name: string },
): Model | undefined {
  const isTheirs = isAllowed(caller, [`${base}:${name}`, base]);
  return isTheirs && findTarget(view, { tenant: caller.tenant }, base) !== undefined
    ? view.models.get(base)
    : undefined;
}

function bodyRefusal({ headers }: IncomingMessage): Refusal | undefined {
  if (headers["content-range"] !== undefined) {
    return malformed("The body is a whole file: there must be no Content-Range.");
  }
  const [mediaType = ""] = (headers["content-type"] ?? "").split(";");
  if (!["", "application/octet-stream"].includes(mediaType.trim().toLowerCase())) {
    const message =
      "The body is the adapter's file itself: its content type is application/octet-stream.";
    return { code: "media_type_unsupported", message };
  }
  return (headers["content-encoding"] ?? "identity") === "identity"
    ? undefined
    : { code: "media_type_unsupported", message: "The body must not be compressed." };
}
