// Which of the edge's resources a method and a path name. Pure.

import type { KeyScope } from "#shared/model/api-key.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { RequestId } from "#shared/model/ids.ts";
import { isAdapterName } from "./adapter-name.ts";
import type { BooksRoute } from "./books-path.ts";
import { findBooks } from "./books-path.ts";
import type { OpenAiApi } from "./openai-fields.ts";

export type Route =
  | { readonly kind: "generate"; readonly api: OpenAiApi }
  | { readonly kind: "resume"; readonly requestId: RequestId }
  | { readonly kind: "models" }
  | { readonly kind: "model"; readonly name: string }
  | AdapterRoute
  | BooksRoute
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly allow?: string };

/** Of adapters that tenants bring. */
export interface AdapterRoute {
  readonly kind: "adapters";
  readonly does: "upload" | "list" | "show" | "delete";
  /** Empty where there is none. */
  readonly name: string;
}

const chat: Route = { kind: "generate", api: "chat" };
const completions: Route = { kind: "generate", api: "completions" };
const models: Route = { kind: "models" };
const modelPrefix = "/v1/models/";

/** `url` as the request line has it. */
export function findRoute(method: string, url: string): Route {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  switch (path) {
    case "/v1/chat/completions":
      return method === "POST" ? chat : wrongMethod("POST");
    case "/v1/completions":
      return method === "POST" ? completions : wrongMethod("POST");
    case "/v1/models":
      return method === "GET" ? models : wrongMethod("GET");
    case "/v1/adapters":
      return adaptersRoute(method);
    default:
      return otherRoute(method, path);
  }
}

const otherRoute = (method: string, path: string): Route =>
  resumeRoute(method, path) ??
  adapterRoute(method, path) ??
  booksRoute(method, path) ??
  modelRoute(method, path);

function booksRoute(method: string, path: string): Route | undefined {
  const route = findBooks(path);
  return route === undefined || method === "GET" ? route : wrongMethod("GET");
}

/** As it stands in the header `x-request-id`, or in the reply's `id`. */
const streamPath = /^\/v1\/requests\/(?:chatcmpl-|cmpl-)?([\w-]{1,64})\/stream$/;

function resumeRoute(method: string, path: string): Route | undefined {
  const requestId = streamPath.exec(path)?.[1];
  if (requestId === undefined) return undefined;
  return method === "GET"
    ? { kind: "resume", requestId: requestId as RequestId }
    : wrongMethod("GET");
}

function adaptersRoute(method: string): Route {
  if (method !== "GET" && method !== "POST") return wrongMethod("GET, POST");
  return { kind: "adapters", does: method === "POST" ? "upload" : "list", name: "" };
}

/** Nobody's, so it is asked of nobody: a database does not take every text. */
const noSuchAdapter: Refusal = {
  code: "adapter_not_found",
  message: "An adapter's name is 1 to 63 of A-Z, a-z, 0-9, ., _ and -.",
  param: "name",
};

const adapterPrefix = "/v1/adapters/";

function adapterRoute(method: string, path: string): Route | undefined {
  const name = path.startsWith(adapterPrefix)
    ? decode(path.slice(adapterPrefix.length))
    : undefined;
  if (name === undefined || name === "") return undefined;
  if (method !== "GET" && method !== "DELETE") return wrongMethod("GET, DELETE");
  if (!isAdapterName(name)) return { kind: "refused", refusal: noSuchAdapter };
  return { kind: "adapters", does: method === "DELETE" ? "delete" : "show", name };
}

function modelRoute(method: string, path: string): Route {
  const name = path.startsWith(modelPrefix) ? decode(path.slice(modelPrefix.length)) : undefined;
  if (name === undefined || name === "") {
    const message =
      "Unknown URL. This server answers /v1/chat/completions, /v1/completions, /v1/requests/ID/stream, /v1/models, /v1/adapters, /v1/usage, /v1/quotas and /v1/invoices.";
    return { kind: "refused", refusal: { code: "route_not_found", message } };
  }
  return method === "GET" ? { kind: "model", name } : wrongMethod("GET");
}

/** Undefined: any key may. */
export function scopeOf({ kind }: Route): KeyScope | undefined {
  if (kind === "adapters") return "adapters";
  if (kind === "books") return "usage";
  return kind === "generate" || kind === "resume" ? "inference" : undefined;
}

const wrongMethod = (allow: string): Route => ({
  kind: "refused",
  refusal: { code: "method_not_allowed", message: `This URL answers ${allow} only.` },
  allow,
});

/** Undefined: not a text that was percent-encoded. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
