// The bounded sets that labels take their values from: what the registry knows, or a closed list. Anything else is
// `other`, so that no client and no fault can make metrics grow.

import type { Fleet } from "#shared/model/fleet.ts";
import type { RefusalCode } from "#shared/model/refusal.ts";
import type { LabelName } from "./catalogue.ts";

export const otherValue = "other";

/** A refusal code forgotten here does not compile. */
const refusalCodes: Readonly<Record<RefusalCode, true>> = {
  malformed_request: true,
  unsupported_parameter: true,
  unauthenticated: true,
  key_revoked: true,
  key_expired: true,
  scope_missing: true,
  token_invalid: true,
  token_expired: true,
  issuer_unavailable: true,
  route_not_found: true,
  method_not_allowed: true,
  model_not_found: true,
  model_retired: true,
  context_too_long: true,
  body_too_large: true,
  edge_full: true,
  usage_not_kept: true,
  shutting_down: true,
  requests_per_minute: true,
  tokens_per_minute: true,
  tokens_never_fit: true,
  queue_full: true,
  queue_deadline: true,
  insufficient_quota: true,
  overloaded: true,
  retry_budget: true,
  deadline_passed: true,
  owner_unavailable: true,
  adapter_unavailable: true,
  adapter_forbidden: true,
  residency_unavailable: true,
  engine_unavailable: true,
  request_crashes_engine: true,
  client_too_slow: true,
  headers_too_large: true,
  media_type_unsupported: true,
  request_timeout: true,
  unknown_parameter: true,
  request_not_found: true,
  too_many_resumes: true,
  adapter_malformed: true,
  adapter_unfit: true,
  adapter_values: true,
  adapter_exists: true,
  adapter_in_use: true,
  adapter_trial_failed: true,
  trial_unavailable: true,
  adapter_not_found: true,
  adapters_full: true,
  too_many_uploads: true,
  uploads_unsupported: true,
  uploads_unavailable: true,
  invoice_not_found: true,
  too_many_questions: true,
  books_unavailable: true,
  resume_gone: true,
  resume_beyond_output: true,
  cancelled: true,
  stream_resumed_elsewhere: true,
  resume_not_exact: true,
  idempotency_key_in_use: true,
  idempotency_key_mismatch: true,
  idempotency_run_over: true,
  idempotency_key_spent: true,
  internal: true,
};

const codes: readonly string[] = Object.keys(refusalCodes);

/** Reasons are constants of ours, but spread over many files: the first so many are kept, the rest is `other`. */
const reasonsMax = 64;

const actorKinds: readonly string[] = [
  "session",
  "session-directory",
  "tenant-queue",
  "router",
  "kv-accountant",
  "adapter-cache",
  "worker",
  "engine",
  "meter",
  "owner",
  "client",
  "ledger",
  "coordination",
  "dead-letters",
  "host",
  "edge",
];

const numbersTo = (most: number): ReadonlySet<string> =>
  new Set(Array.from({ length: most + 1 }, (_, number) => String(number)));

export class LabelValues {
  #known: Record<LabelName, ReadonlySet<string>> = {
    tenant: new Set(),
    model: new Set(),
    pool: new Set(),
    worker: new Set(),
    outcome: new Set(["stop", "length", "cancelled", ...codes]),
    code: new Set(codes),
    reason: new Set(),
    actor: new Set(actorKinds),
    kind: new Set(["requests", "overhead", "idle"]),
    // Places in a replica, and the numbers that the driver has for its errors.
    gpu: numbersTo(63),
    xid: numbersTo(255),
    // Said by the fleet's registry only, of processes that are registered.
    process: new Set(),
  };
  readonly #reasons = new Set<string>();

  knowFleet({ tenants, models, pools, workers }: Fleet): void {
    this.#known = {
      ...this.#known,
      tenant: new Set(tenants.map(({ policy }) => policy.tenant)),
      model: new Set(models.map(({ id }) => id)),
      pool: new Set(pools.map(({ id }) => id)),
      worker: new Set(workers.map(({ id }) => id)),
    };
  }

  bounded(label: LabelName, value: string): string {
    if (label === "reason") return this.#boundedReason(value);
    return this.#known[label].has(value) ? value : otherValue;
  }

  #boundedReason(value: string): string {
    if (this.#reasons.has(value)) return value;
    if (this.#reasons.size >= reasonsMax || !/^[a-z0-9][a-z0-9 _-]{0,40}$/i.test(value))
      return otherValue;
    this.#reasons.add(value);
    return value;
  }
}
