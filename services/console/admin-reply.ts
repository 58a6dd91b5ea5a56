// What the admin API answers with: a status and a body, as a value. Errors have a code for programs and a sentence
// for people.

export type AdminErrorCode =
  | "forbidden_host"
  | "not_found"
  | "method_not_allowed"
  | "bad_parameter"
  | "bad_fleet"
  | "bad_rates"
  | "no_rates"
  | "currency_mismatch"
  | "body_too_large"
  | "unsupported_media_type"
  | "unknown_worker"
  | "unknown_tenant"
  | "unknown_pool"
  | "unknown_zone"
  | "unknown_model"
  | "unknown_alias"
  | "bad_alias"
  | "last_worker"
  | "last_zone"
  | "no_fleet"
  | "cannot_narrow"
  | "unknown_key"
  | "too_many_keys"
  | "key_ended"
  | "unknown_adapter"
  | "bad_rollout"
  | "rollout_running"
  | "rollout_over"
  | "too_many_rollouts"
  | "no_answer"
  | "not_audited"
  | "internal";

const statuses: Readonly<Record<AdminErrorCode, number>> = {
  forbidden_host: 403,
  not_found: 404,
  method_not_allowed: 405,
  bad_parameter: 400,
  bad_fleet: 400,
  bad_rates: 400,
  no_rates: 409,
  currency_mismatch: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  unknown_worker: 404,
  unknown_tenant: 404,
  unknown_pool: 404,
  unknown_zone: 404,
  unknown_model: 404,
  unknown_alias: 404,
  bad_alias: 409,
  last_worker: 409,
  last_zone: 409,
  no_fleet: 404,
  cannot_narrow: 409,
  unknown_key: 404,
  too_many_keys: 409,
  key_ended: 409,
  unknown_adapter: 404,
  bad_rollout: 400,
  rollout_running: 409,
  rollout_over: 409,
  too_many_rollouts: 409,
  no_answer: 503,
  not_audited: 503,
  internal: 500,
};

export interface AdminReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export const jsonReply = (value: unknown, status: number = 200): AdminReply => ({
  status,
  contentType: "application/json; charset=utf-8",
  body: `${JSON.stringify(value)}\n`,
});

export const errorReply = (
  code: AdminErrorCode,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): AdminReply => jsonReply({ error: { code, message, ...more } }, statuses[code]);

/** Thrown inside a route to end it with an error. */
export class AdminError extends Error {
  readonly reply: AdminReply;

  constructor(code: AdminErrorCode, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "AdminError";
    this.reply = errorReply(code, message, more);
  }
}
