import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import OpenAI from "openai";
import { readEmbeddedConfig } from "./config.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// The whole platform with a quota of 600 tokens a day for one tenant, over a restart, and a throttle.

const folder = mkdtempSync(join(tmpdir(), "fairlead-limits-"));
const fleetFile = join(folder, "fleet.yaml");
const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");
const withQuota = example.replace(
  "    tier: starter\n",
  "    tier: starter\n    quota: { dailyTokens: 600, mode: hard }\n",
);
writeFileSync(fleetFile, withQuota);
const environment = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
  FAIRLEAD_FLEET_FILE: fleetFile,
};
const model = "llama-3.1-8b";
const start = (): Promise<Platform> =>
  startPlatform(
    { ...readEmbeddedConfig(environment), dataDirectory: join(folder, "data") },
    environment,
  );
let platform = await start();
after(async () => {
  await platform.drain();
  rmSync(folder, { recursive: true, force: true });
});

let calls = 0;
const openai = (apiKey: string): OpenAI =>
  new OpenAI({
    apiKey,
    baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
    maxRetries: 2,
    fetch: (url, init) => {
      calls += 1;
      return fetch(url, init);
    },
  });

const admin = async (path: string, method: "GET" | "POST" = "GET"): Promise<unknown> => {
  const headers = { "content-type": "application/json" };
  return (await fetch(`http://127.0.0.1:${platform.adminPort}${path}`, { method, headers })).json();
};

const long = { model, prompt: "q".repeat(40), max_tokens: 2000, ignore_eos: true } as const;

test("a hard quota ends a running stream with its own error, after the last token that it pays for", async () => {
  const client = openai("fl-demo-corner");
  const { data: stream, response } = await client.completions
    .create({ ...long, stream: true })
    .withResponse();
  assert.equal(response.headers.get("x-ratelimit-limit-requests"), "600");
  assert.equal(response.headers.get("x-ratelimit-remaining-requests"), "599");
  let text = "";
  const reading = (async () => {
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
  })();
  await assert.rejects(reading, (error: unknown) => {
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.code, "insufficient_quota");
    return true;
  });
  // Ten tokens of prompt; four characters are a token.
  assert.equal(text.length / 4, 590);
});

async function refusedAtOnce(): Promise<void> {
  calls = 0;
  await assert.rejects(openai("fl-demo-corner").completions.create(long), (error: unknown) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, "insufficient_quota");
    assert.equal(error.headers.get("x-should-retry"), "false");
    // For who asks all the same; the window may end, or an operator raise the quota.
    assert.equal(error.headers.get("retry-after"), "3600");
    assert.equal(error.headers.get("x-fairlead-quota-alert"), "daily 100%");
    assert.equal(error.headers.get("x-ratelimit-limit-tokens"), "400000");
    return true;
  });
  assert.equal(calls, 1, "the official client does not try again");
}

test("past it all is refused at once, but for the list of models, and an operator sees why", async () => {
  await refusedAtOnce();
  assert.equal((await openai("fl-demo-corner").models.list()).data.length > 0, true);
  assert.deepEqual(await admin("/admin/v1/tenants/corner/quota"), {
    tenant: "corner",
    state: "serving",
    quota: { dailyTokens: 600, mode: "hard" },
    windows: [{ window: "daily", usedTokens: 600, limitTokens: 600, leftTokens: 0 }],
  });
});

test("a restart forgets no quota and no throttle", async () => {
  await admin("/admin/v1/tenants/bolt/throttle?percent=10", "POST");
  await platform.drain();
  platform = await start();
  await refusedAtOnce();
  const { tenants } = (await admin("/admin/v1/tenants")) as {
    readonly tenants: readonly { readonly tenant: string; readonly throttlePercent?: number }[];
  };
  assert.equal(tenants.find(({ tenant }) => tenant === "bolt")?.throttlePercent, 10);
  await admin("/admin/v1/tenants/bolt/throttle?percent=100", "POST");
});

/**
 * The owner and the queue act on the very message that brings a throttle (`tenant-queue/transcripts/throttle.txt`), and the
 * registry tells a change within a second (`registry/registry.test.ts`). Here each change has ten seconds, for a busy machine
 * is slow at everything, and the quickest of six must keep the promise.
 */
const soonMs = 10_000;
const promisedMs = 1000;

test("a throttle acts within a second while the platform runs, counts what was used, and goes as it came", async () => {
  const tookMs: number[] = [];
  const limitOf = async (): Promise<readonly (string | null)[]> => {
    const { response } = await openai("fl-demo-bolt")
      .completions.create({ model, prompt: "hello", max_tokens: 1 })
      .withResponse();
    const { headers } = response;
    return ["limit", "remaining"].map((what) => headers.get(`x-ratelimit-${what}-requests`));
  };
  const untilLimit = async (limit: string): Promise<number> => {
    const startMs = performance.now();
    for (;;) {
      const [told, remaining] = await limitOf();
      if (told === limit) {
        tookMs.push(performance.now() - startMs);
        return Number(remaining);
      }
      assert.ok(performance.now() - startMs < soonMs, `a limit of ${limit} soon`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await untilLimit("6000");
  tookMs.length = 0;
  for (let round = 0; round < 3; round++) {
    await admin("/admin/v1/tenants/bolt/throttle?percent=10", "POST");
    const throttled = await untilLimit("600");
    assert.ok(throttled < 599, "requests before it are counted");
    await admin("/admin/v1/tenants/bolt/throttle?percent=100", "POST");
    const left = await untilLimit("6000");
    assert.ok(left > 5900);
  }
  assert.ok(Math.min(...tookMs) < promisedMs, `took ${tookMs.join(", ")} ms`);
});

test("a narrowing is answered once it stands, and refused where it cannot be", async () => {
  type Narrowed = {
    readonly narrowed?: readonly { readonly workers: number; readonly of: number }[];
    readonly error?: { readonly code: string };
  };
  const narrow = async (query: string): Promise<Narrowed> =>
    (await admin(`/admin/v1/tenants/bolt/narrow${query}`, "POST")) as Narrowed;
  const [taken] = (await narrow("?workers=1")).narrowed ?? [];
  assert.equal(taken?.workers, 1);
  const { pools } = (await admin("/admin/v1/pools")) as {
    readonly pools: readonly { readonly narrowed: readonly unknown[] }[];
  };
  assert.deepEqual(
    pools.flatMap(({ narrowed }) => narrowed),
    [{ tenant: "bolt", workers: 1, by: "operator" }],
  );
  assert.equal((await narrow(`?workers=${taken.of}`)).error?.code, "cannot_narrow");
  assert.deepEqual(await admin("/admin/v1/tenants/bolt/widen", "POST"), { tenant: "bolt" });
});
