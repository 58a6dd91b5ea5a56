import assert from "node:assert/strict";
import { test } from "node:test";
import type { RefusalCode } from "#shared/model/refusal.ts";
import { refusalHeaders } from "./http/http-exchange.ts";
import { errorText } from "./http/openai-format.ts";
import { refusalStatus, retryAfterMsOf } from "./refusal-status.ts";

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
  for (const code of ["tokens_never_fit", "deadline_passed", "model_not_found"] as const) {
    assert.deepEqual(headersOf(code, 5000), ["x-should-retry", "false"]);
    assert.equal(retryAfterMsOf({ code, message: "", retryAfterMs: 5000 }), undefined);
  }
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
