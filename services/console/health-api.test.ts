import assert from "node:assert/strict";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { createTelemetry } from "#shared/telemetry/telemetry.ts";
import { startHealthApi } from "./health-api.ts";

const faults: unknown[] = [];
let missing: readonly string[] = [];
let metricsText = async (): Promise<string> => telemetry.metricsText();
const telemetry = createTelemetry({ nowMs: () => 0 });
const api = await startHealthApi(
  {
    telemetry: {
      metricsContentType: telemetry.metricsContentType,
      metricsText: () => metricsText(),
    },
    readiness: () => ({ isReady: missing.length === 0, missing }),
    hostNames: ["edge-1.example"],
    onFault: (error) => faults.push(error),
  },
  { host: "127.0.0.1", port: 0 },
);
after(() => api.close());

interface Call {
  readonly method?: string;
  readonly host?: string;
}

function call(path: string, { method = "GET", host = "localhost" }: Call = {}) {
  return new Promise<readonly [number, string]>((resolve, reject) => {
    const to = { host: "127.0.0.1", port: api.port, path, method, headers: { host } };
    const outgoing = request(to, (response) => {
      void text(response).then((body) => resolve([response.statusCode ?? 0, body]));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

test("it is alive, and ready when nothing is missing", async () => {
  assert.deepEqual(await call("/healthz"), [200, '{"status":"alive"}\n']);
  assert.deepEqual(await call("/readyz"), [200, '{"status":"ready","missing":[]}\n']);
  missing = ["no lease"];
  assert.deepEqual(await call("/readyz"), [503, '{"status":"not ready","missing":["no lease"]}\n']);
  assert.deepEqual(await call("/healthz"), [200, '{"status":"alive"}\n']);
  missing = [];
});

test("its metrics are its own", async () => {
  const [status, body] = await call("/metrics");
  assert.equal(status, 200);
  assert.match(body, /^fairlead_claims_total 0$/m);
  assert.deepEqual(await call("/metrics", { method: "HEAD" }), [200, ""]);
});

for (const [what, path, options, expected] of [
  ["the operator's paths", "/admin/v1/workers", {}, 404],
  ["an order", "/readyz", { method: "POST" }, 405],
  ["a parameter", "/readyz?verbose=1", {}, 400],
  ["a foreign host name", "/metrics", { host: "evil.example" }, 403],
] as const) {
  test(`refused: ${what}`, async () => {
    assert.equal((await call(path, options))[0], expected);
  });
}

test("its own host name is taken", async () => {
  assert.equal((await call("/healthz", { host: "edge-1.example:9000" }))[0], 200);
});

test("a bug is told to the log, not to the caller", async () => {
  const whole = metricsText;
  metricsText = () => Promise.reject(new Error("secret of the house"));
  const [status, body] = await call("/metrics");
  metricsText = whole;
  assert.equal(status, 500);
  assert.ok(!body.includes("secret"));
  assert.equal(String(faults.at(-1)), "Error: secret of the house");
});

test("a port that is taken is an error, and nothing listens", async () => {
  await assert.rejects(
    startHealthApi(
      { telemetry, readiness: () => ({ isReady: true, missing: [] }) },
      { host: "127.0.0.1", port: api.port },
    ),
    { code: "EADDRINUSE" },
  );
});
