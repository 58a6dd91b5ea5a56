// The one table from a refusal to what each dialect says: HTTP status, OpenAI's type and code, gRPC status,
// and whether trying again can help. Nowhere else is a refusal given a number.

import type { Refusal, RefusalCode } from "#shared/model/refusal.ts";

export interface RefusalStatus {
  readonly http: number;
  readonly type: string;
  readonly code: string;
  readonly grpc: GrpcStatusName;
  /** `never`: clients that retry by status must be told not to. `later`: say when, by default after a second. */
  readonly retry: "never" | "later";
}

/** The gRPC statuses that we use, by their names in the protocol. */
type GrpcStatusName =
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "RESOURCE_EXHAUSTED"
  | "ABORTED"
  | "FAILED_PRECONDITION"
  | "ALREADY_EXISTS"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED";

/** Until when a caller waits if whoever refused named no time. */
const retryAfterMsDefault = 1000;

type Row = readonly [
  http: number,
  type: string,
  code: string,
  grpc: GrpcStatusName,
  retry: RefusalStatus["retry"],
];

const wrong = "invalid_request_error";
const server = "server_error";

export const refusalRows: Readonly<Record<RefusalCode, Row>> = {
  malformed_request: [400, wrong, "invalid_request", "INVALID_ARGUMENT", "never"],
  unsupported_parameter: [400, wrong, "unsupported_parameter", "INVALID_ARGUMENT", "never"],
  unknown_parameter: [400, wrong, "unknown_parameter", "INVALID_ARGUMENT", "never"],
  unauthenticated: [401, wrong, "invalid_api_key", "UNAUTHENTICATED", "never"],
  key_revoked: [401, wrong, "invalid_api_key", "UNAUTHENTICATED", "never"],
  key_expired: [401, wrong, "invalid_api_key", "UNAUTHENTICATED", "never"],
  scope_missing: [403, wrong, "insufficient_scope", "PERMISSION_DENIED", "never"],
  token_invalid: [401, wrong, "invalid_token", "UNAUTHENTICATED", "never"],
  token_expired: [401, wrong, "token_expired", "UNAUTHENTICATED", "never"],
  // Its keys cannot be read: nobody is let in on a token's own word.
  issuer_unavailable: [503, server, "issuer_unavailable", "UNAVAILABLE", "later"],
  route_not_found: [404, wrong, "unknown_url", "UNIMPLEMENTED", "never"],
  method_not_allowed: [405, wrong, "method_not_supported", "UNIMPLEMENTED", "never"],
  model_not_found: [404, wrong, "model_not_found", "NOT_FOUND", "never"],
  // It was there, and its callers may know: a 404 would send them looking for a slip of the pen.
  model_retired: [410, wrong, "model_retired", "NOT_FOUND", "never"],
  context_too_long: [400, wrong, "context_length_exceeded", "INVALID_ARGUMENT", "never"],
  body_too_large: [413, wrong, "request_too_large", "RESOURCE_EXHAUSTED", "never"],
  headers_too_large: [431, wrong, "headers_too_large", "RESOURCE_EXHAUSTED", "never"],
  media_type_unsupported: [415, wrong, "unsupported_media_type", "INVALID_ARGUMENT", "never"],
  request_timeout: [408, wrong, "request_timeout", "DEADLINE_EXCEEDED", "later"],
  edge_full: [503, server, "edge_full", "UNAVAILABLE", "later"],
  // What it used could not be billed: its outbox has no disk, or is full.
  usage_not_kept: [503, server, "usage_not_kept", "UNAVAILABLE", "later"],
  shutting_down: [503, server, "shutting_down", "UNAVAILABLE", "later"],
  requests_per_minute: [429, "requests", "rate_limit_exceeded", "RESOURCE_EXHAUSTED", "later"],
  tokens_per_minute: [429, "tokens", "rate_limit_exceeded", "RESOURCE_EXHAUSTED", "later"],
  // More than a whole minute's tokens: the official clients would repeat a 429 in vain.
  tokens_never_fit: [429, "tokens", "rate_limit_exceeded", "RESOURCE_EXHAUSTED", "never"],
  too_many_resumes: [429, "requests", "too_many_resumes", "RESOURCE_EXHAUSTED", "later"],
  adapter_malformed: [400, wrong, "invalid_adapter_file", "INVALID_ARGUMENT", "never"],
  adapter_unfit: [422, wrong, "adapter_does_not_fit", "INVALID_ARGUMENT", "never"],
  adapter_values: [422, wrong, "adapter_values_invalid", "INVALID_ARGUMENT", "never"],
  adapter_trial_failed: [422, wrong, "adapter_trial_failed", "INVALID_ARGUMENT", "never"],
  trial_unavailable: [503, server, "trial_unavailable", "UNAVAILABLE", "later"],
  adapter_exists: [409, wrong, "adapter_exists", "ALREADY_EXISTS", "never"],
  adapter_in_use: [409, wrong, "adapter_in_use", "FAILED_PRECONDITION", "never"],
  adapter_not_found: [404, wrong, "adapter_not_found", "NOT_FOUND", "never"],
  adapters_full: [409, wrong, "adapter_limit_reached", "FAILED_PRECONDITION", "never"],
  too_many_uploads: [429, "requests", "too_many_uploads", "RESOURCE_EXHAUSTED", "later"],
  uploads_unsupported: [400, wrong, "uploads_unsupported", "FAILED_PRECONDITION", "never"],
  uploads_unavailable: [503, server, "uploads_unavailable", "UNAVAILABLE", "later"],
  invoice_not_found: [404, wrong, "invoice_not_found", "NOT_FOUND", "never"],
  too_many_questions: [429, "requests", "too_many_questions", "RESOURCE_EXHAUSTED", "later"],
  books_unavailable: [503, server, "books_unavailable", "UNAVAILABLE", "later"],
  queue_full: [429, "requests", "queue_full", "RESOURCE_EXHAUSTED", "later"],
  queue_deadline: [429, "requests", "queue_deadline", "RESOURCE_EXHAUSTED", "later"],
  overloaded: [503, server, "overloaded", "UNAVAILABLE", "later"],
  retry_budget: [503, server, "retry_budget", "UNAVAILABLE", "later"],
  // Until the window ends or the quota is raised: no client shall loop on it.
  insufficient_quota: [
    429,
    "insufficient_quota",
    "insufficient_quota",
    "RESOURCE_EXHAUSTED",
    "never",
  ],
  deadline_passed: [504, server, "deadline_exceeded", "DEADLINE_EXCEEDED", "never"],
  owner_unavailable: [503, server, "owner_unavailable", "UNAVAILABLE", "later"],
  adapter_unavailable: [503, server, "adapter_unavailable", "UNAVAILABLE", "later"],
  // Whether an adapter exists is nobody's business but its tenants'.
  adapter_forbidden: [404, wrong, "model_not_found", "NOT_FOUND", "never"],
  engine_unavailable: [503, server, "engine_unavailable", "UNAVAILABLE", "later"],
  request_crashes_engine: [500, server, "request_crashes_engine", "INTERNAL", "never"],
  residency_unavailable: [503, server, "residency_unavailable", "UNAVAILABLE", "later"],
  client_too_slow: [408, wrong, "client_too_slow", "ABORTED", "never"],
  request_not_found: [404, wrong, "request_not_found", "NOT_FOUND", "never"],
  resume_gone: [410, wrong, "resume_gone", "NOT_FOUND", "never"],
  resume_beyond_output: [400, wrong, "resume_beyond_output", "INVALID_ARGUMENT", "never"],
  cancelled: [410, wrong, "request_cancelled", "ABORTED", "never"],
  stream_resumed_elsewhere: [409, wrong, "stream_resumed_elsewhere", "ABORTED", "never"],
  resume_not_exact: [409, wrong, "resume_not_exact", "FAILED_PRECONDITION", "never"],
  // The official clients repeat a 409, with the same key: soon the first has ended, or its stream can be had.
  idempotency_key_in_use: [409, wrong, "idempotency_key_in_use", "ABORTED", "later"],
  idempotency_key_mismatch: [422, wrong, "idempotency_key_mismatch", "INVALID_ARGUMENT", "never"],
  // The edge begins the next run by itself; a client is told so only once there were too many.
  idempotency_run_over: [409, wrong, "idempotency_key_spent", "ALREADY_EXISTS", "never"],
  idempotency_key_spent: [409, wrong, "idempotency_key_spent", "ALREADY_EXISTS", "never"],
  internal: [500, server, "internal_error", "INTERNAL", "later"],
};

export function refusalStatus(code: RefusalCode): RefusalStatus {
  const [http, type, openAiCode, grpc, retry] = refusalRows[code];
  return { http, type, code: openAiCode, grpc, retry };
}

/** Whole milliseconds, at least one. Absent: trying again cannot help. */
export function retryAfterMsOf({ code, retryAfterMs }: Refusal): number | undefined {
  if (refusalStatus(code).retry === "never") return undefined;
  return Math.max(1, Math.ceil(retryAfterMs ?? retryAfterMsDefault));
}
