// The one table from a refusal to what each dialect says: HTTP status, OpenAI's type and code, gRPC status,
// and whether trying again can help. Nowhere else is a refusal given a number.

import type { Refusal, RefusalCode } from "#shared/model/refusal.ts";

export interface RefusalStatus {
  readonly http: number;
  readonly type: string;
  readonly code: string;
  readonly grpc: number;
  /** `never`: clients that retry by status must be told not to. `later`: say when, by default after a second. */
  readonly retry: "never" | "later";
}

/** The gRPC statuses that we use, by their names in the protocol. */
export const grpcCode = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Until when a caller waits if whoever refused named no time. */
export const retryAfterMsDefault = 1000;

type Row = readonly [
  http: number,
  type: string,
  code: string,
  grpc: number,
  retry: RefusalStatus["retry"],
];

const wrong = "invalid_request_error";
const server = "server_error";
const { invalidArgument, notFound, resourceExhausted, unavailable, unauthenticated } = grpcCode;

const rows: Readonly<Record<RefusalCode, Row>> = {
  malformed_request: [400, wrong, "invalid_request", invalidArgument, "never"],
  unsupported_parameter: [400, wrong, "unsupported_parameter", invalidArgument, "never"],
  unknown_parameter: [400, wrong, "unknown_parameter", invalidArgument, "never"],
  unauthenticated: [401, wrong, "invalid_api_key", unauthenticated, "never"],
  key_revoked: [401, wrong, "invalid_api_key", unauthenticated, "never"],
  route_not_found: [404, wrong, "unknown_url", grpcCode.unimplemented, "never"],
  method_not_allowed: [405, wrong, "method_not_supported", grpcCode.unimplemented, "never"],
  model_not_found: [404, wrong, "model_not_found", notFound, "never"],
  context_too_long: [400, wrong, "context_length_exceeded", invalidArgument, "never"],
  body_too_large: [413, wrong, "request_too_large", resourceExhausted, "never"],
  headers_too_large: [431, wrong, "headers_too_large", resourceExhausted, "never"],
  media_type_unsupported: [415, wrong, "unsupported_media_type", invalidArgument, "never"],
  request_timeout: [408, wrong, "request_timeout", grpcCode.deadlineExceeded, "later"],
  edge_full: [503, server, "edge_full", unavailable, "later"],
  shutting_down: [503, server, "shutting_down", unavailable, "later"],
  requests_per_minute: [429, "requests", "rate_limit_exceeded", resourceExhausted, "later"],
  tokens_per_minute: [429, "tokens", "rate_limit_exceeded", resourceExhausted, "later"],
  // More than a whole minute's tokens: the official clients would repeat a 429 in vain.
  tokens_never_fit: [429, "tokens", "rate_limit_exceeded", resourceExhausted, "never"],
  queue_full: [429, "requests", "queue_full", resourceExhausted, "later"],
  deadline_passed: [504, server, "deadline_exceeded", grpcCode.deadlineExceeded, "never"],
  owner_unavailable: [503, server, "owner_unavailable", unavailable, "later"],
  adapter_unavailable: [503, server, "adapter_unavailable", unavailable, "later"],
  // Whether an adapter exists is nobody's business but its tenants'.
  adapter_forbidden: [404, wrong, "model_not_found", notFound, "never"],
  engine_unavailable: [503, server, "engine_unavailable", unavailable, "later"],
  client_too_slow: [408, wrong, "client_too_slow", grpcCode.aborted, "never"],
  internal: [500, server, "internal_error", grpcCode.internal, "later"],
};

export function refusalStatus(code: RefusalCode): RefusalStatus {
  const [http, type, openAiCode, grpc, retry] = rows[code];
  return { http, type, code: openAiCode, grpc, retry };
}

/** Whole milliseconds, at least one. Absent: trying again cannot help. */
export function retryAfterMsOf({ code, retryAfterMs }: Refusal): number | undefined {
  if (refusalStatus(code).retry === "never") return undefined;
  return Math.max(1, Math.ceil(retryAfterMs ?? retryAfterMsDefault));
}
