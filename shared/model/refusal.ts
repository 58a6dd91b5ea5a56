// Every way to say no. Expected, the caller's business: returned, never thrown.
// `services/edge/refusal-status.ts` maps each to HTTP, gRPC and a retry hint, and nowhere else does.

export type RefusalCode =
  // decided by the edge
  | "malformed_request"
  | "unsupported_parameter"
  | "unknown_parameter"
  | "unauthenticated"
  | "key_revoked"
  | "key_expired"
  | "scope_missing"
  | "token_invalid"
  | "token_expired"
  | "issuer_unavailable"
  | "route_not_found"
  | "method_not_allowed"
  | "model_not_found"
  | "model_retired"
  | "context_too_long"
  | "body_too_large"
  | "headers_too_large"
  | "media_type_unsupported"
  | "request_timeout"
  | "edge_full"
  | "usage_not_kept"
  | "shutting_down"
  | "request_not_found"
  | "too_many_resumes"
  // adapters that tenants bring
  | "adapter_malformed"
  | "adapter_unfit"
  | "adapter_values"
  | "adapter_exists"
  | "adapter_in_use"
  | "adapter_trial_failed"
  | "trial_unavailable"
  | "adapter_not_found"
  | "adapters_full"
  | "too_many_uploads"
  | "uploads_unsupported"
  | "uploads_unavailable"
  // a tenant's own usage, quotas and invoices
  | "invoice_not_found"
  | "too_many_questions"
  | "books_unavailable"
  // decided by the tenant's queue
  | "requests_per_minute"
  | "tokens_per_minute"
  | "tokens_never_fit"
  | "queue_full"
  | "queue_deadline"
  | "insufficient_quota"
  | "overloaded"
  | "retry_budget"
  // decided on the way
  | "deadline_passed"
  | "owner_unavailable"
  | "adapter_unavailable"
  | "adapter_forbidden"
  | "engine_unavailable"
  | "request_crashes_engine"
  | "residency_unavailable"
  | "client_too_slow"
  // a client that reads a stream on
  | "resume_gone"
  | "resume_beyond_output"
  | "cancelled"
  | "stream_resumed_elsewhere"
  | "resume_not_exact"
  // a client that repeats a request under its key
  | "idempotency_key_in_use"
  | "idempotency_key_mismatch"
  | "idempotency_run_over"
  | "idempotency_key_spent"
  | "internal";

export interface Refusal {
  readonly code: RefusalCode;
  /** For the caller, complete sentence, no secrets. */
  readonly message: string;
  /** The request field at fault, OpenAI's `param`. */
  readonly param?: string;
  /** A finer word than the code, for programs. */
  readonly detail?: string;
  /** When trying again can help. Absent: it cannot, or nobody knows. */
  readonly retryAfterMs?: number;
}
