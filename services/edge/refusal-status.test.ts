import assert from "node:assert/strict";
import { test } from "node:test";
import type { RefusalCode } from "#shared/model/refusal.ts";
import { refusalHeaders } from "./http/http-exchange.ts";
import { errorText } from "./http/openai-format.ts";
import { refusalRows, refusalStatus, retryAfterMsOf } from "./refusal-status.ts";

const headersOf = (code: RefusalCode, retryAfterMs?: number): readonly string[] =>
  refusalHeaders({
    code,
    message: "No.",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

test("limits answer 429 and say when to come back, in seconds and in milliseconds", () => {
  for (const code of ["requests_per_minute", "tokens_per_minute", "queue_full"] as const) {
    assert.equal(refusalStatus(code).http, 429);
    assert.equal(refusalStatus(code).grpc, "RESOURCE_EXHAUSTED");
    assert.deepEqual(headersOf(code, 1200.4), ["retry-after", "2", "retry-after-ms", "1201"]);
    assert.deepEqual(headersOf(code), ["retry-after", "1", "retry-after-ms", "1000"]);
  }
});

test("what trying again cannot mend says so, for clients that retry by status", () => {
  for (const code of ["deadline_passed", "model_not_found"] as const) {
    assert.deepEqual(headersOf(code, 5000), ["x-should-retry", "false"]);
    assert.equal(retryAfterMsOf({ code, message: "", retryAfterMs: 5000 }), undefined);
  }
});

test("every 429 and 503 carries Retry-After, also where the official clients shall not come back", () => {
  let told = 0;
  for (const code of Object.keys(refusalRows) as RefusalCode[]) {
    const { http, retry } = refusalStatus(code);
    if (http !== 429 && http !== 503) continue;
    told += 1;
    const headers = headersOf(code);
    const at = headers.indexOf("retry-after");
    assert.ok(at >= 0 && Number(headers[at + 1]) >= 1, code);
    assert.equal(headers.includes("x-should-retry"), retry === "never", code);
  }
  assert.ok(told >= 12);
});

test("a request that runs under its key already is a conflict for now", () => {
  const code = "idempotency_key_in_use";
  assert.equal(refusalStatus(code).http, 409);
  assert.deepEqual(headersOf(code, 1000), ["retry-after", "1", "retry-after-ms", "1000"]);
  assert.equal(refusalStatus("idempotency_key_mismatch").http, 422);
  assert.deepEqual(headersOf("idempotency_key_mismatch"), ["x-should-retry", "false"]);
});

test("trouble on our side is a 503 with a time, a bug is a 500", () => {
  for (const code of ["edge_full", "shutting_down", "owner_unavailable"] as const) {
    assert.equal(refusalStatus(code).http, 503);
    assert.equal(refusalStatus(code).grpc, "UNAVAILABLE");
    assert.equal(headersOf(code)[0], "retry-after");
  }
  assert.equal(refusalStatus("internal").http, 500);
});

test("a foreign adapter is answered like an unknown model", () => {
  assert.deepEqual(refusalStatus("adapter_forbidden"), refusalStatus("model_not_found"));
});

test("an error has OpenAI's four members, `param` null where there is none", () => {
  assert.deepEqual(JSON.parse(errorText({ code: "queue_full", message: "Full." })), {
    error: { message: "Full.", type: "requests", param: null, code: "queue_full" },
  });
  assert.deepEqual(
    JSON.parse(errorText({ code: "malformed_request", message: "Bad.", param: "seed" })),
    {
      error: {
        message: "Bad.",
        type: "invalid_request_error",
        param: "seed",
        code: "invalid_request",
      },
    },
  );
});
