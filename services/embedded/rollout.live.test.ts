import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { rolloutAccount } from "#shared/model/rollout.ts";
import { readEmbeddedConfig } from "./config.ts";
import { legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// A name is rolled out to good and bad versions through the whole platform, with clients asking for it all the while.

const digest = (letter: string): string => letter.repeat(64);
const [tone, good, slow, broken] = [digest("a"), digest("b"), digest("c"), digest("d")];

const engineOf = (timeScale: number): string =>
  "{ kind: simulated, profile: llama3_8b/tp1/bfloat16, gpus: 1, sequencesMax: 64, kvBlocks: 4000, " +
  `kvBlockTokens: 16, stepTokensMax: 2048, timeScale: ${timeScale}, adapterSlots: 8 }`;

const fleetText = `
tiers:
  - id: all
    weight: 1
    limits: { requestsPerMinute: 600000, tokensPerMinute: 600000000, concurrencyMax: 64, queueLengthMax: 256, contextTokensMax: 2048 }
tenants:
  - { id: acme, tier: all, models: [one, two, late], keys: [{ id: acme-key, secret: fl-demo-acme }] }
models:
  - { id: one, version: "1", tokenizer: quad, contextTokensMax: 2048, outputTokensDefault: 8 }
  - { id: two, version: "2", tokenizer: quad, contextTokensMax: 2048, outputTokensDefault: 8 }
  - { id: late, version: "3", tokenizer: quad, contextTokensMax: 2048, outputTokensDefault: 8 }
pools:
  - { id: two.eu.interactive, model: two, region: eu, class: interactive }
  - { id: late.eu.interactive, model: late, region: eu, class: interactive }
  - { id: one.eu.interactive, model: one, region: eu, class: interactive }
workers:
  - { id: w1, pool: one.eu.interactive, zone: eu-a, host: host-a, engine: ${engineOf(0.5)} }
  - { id: w2, pool: one.eu.interactive, zone: eu-a, host: host-a, engine: ${engineOf(0.5)} }
  - { id: w3, pool: two.eu.interactive, zone: eu-a, host: host-a, engine: ${engineOf(0.5)} }
  - { id: w4, pool: late.eu.interactive, zone: eu-a, host: host-a, engine: ${engineOf(3)} }
adapters:
  - { name: tone, model: one, digest: ${tone}, bytes: 27648, tenants: [acme] }
  - { name: good, model: one, digest: ${good}, bytes: 27648, tenants: [acme] }
  - { name: slow, model: one, digest: ${slow}, bytes: 27648, tenants: [acme] }
  - { name: broken, model: one, digest: ${broken}, bytes: 27648, tenants: [acme] }
`;

const settings = {
  FAIRLEAD_HTTP_PORT: "0",
  FAIRLEAD_GRPC_PORT: "0",
  FAIRLEAD_ADMIN_PORT: "0",
  FAIRLEAD_DRAIN_PATIENCE: "1s",
  FAIRLEAD_LOG_LEVEL: "error",
  FAIRLEAD_ENGINE_ADAPTER_FAULTS: `${slow}=prefill:4 ${broken}=nan:100`,
};

interface Stage {
  readonly platform: Platform;
  /** Stops it, and starts it again on the same data. */
  readonly again: () => Promise<Platform>;
}

async function started(context: TestContext): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-rollout-"));
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, fleetText);
  const environment = { ...settings, FAIRLEAD_FLEET_FILE: fleetFile };
  const dataDirectory = join(folder, "data");
  const open = () =>
    startPlatform({ ...readEmbeddedConfig(environment), dataDirectory }, environment);
  let platform = await open();
  context.after(async () => {
    await platform.drain();
    rmSync(folder, { recursive: true, force: true });
  });
  const again = async (): Promise<Platform> => {
    await platform.drain();
    platform = await open();
    return platform;
  };
  return { platform, again };
}

type Ask = (platform: Platform, user: string, at: number) => Promise<unknown>;

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly stage: number;
  readonly share: number;
  readonly exposure: { readonly requests: number; readonly percent: number };
  readonly left?: {
    readonly pools: readonly { readonly pool: string; readonly requests?: number }[];
    readonly names: readonly string[];
  };
  readonly arms: Readonly<Record<"v1" | "v2" | "shadow", { readonly requests: number }>>;
}

async function admin(
  { adminPort }: Platform,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<Shown> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/admin/v1/rollouts${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  assert.ok(response.ok, answer);
  return JSON.parse(answer) as Shown;
}

async function ask({ httpPort }: Platform, user: string, at: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({
      model: "one:tone",
      prompt: `${at} of ${user} `.padEnd(2_000, `${at} `),
      max_tokens: 4,
      user,
    }),
  });
  await response.text();
  return response.headers.get("x-fairlead-adapter") ?? "";
}

/** Sixteen clients one after the other, each a new conversation every time, until it is settled. */
async function settled(
  platform: Platform,
  wish: Readonly<Record<string, unknown>>,
  asks: Ask = ask,
): Promise<Shown> {
  const begun = await admin(platform, "", { name: "one:tone", samples: 20, dwellMs: 200, ...wish });
  let shown = await admin(platform, `/${begun.id}`);
  const over = new AbortController();
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let at = 0; !over.signal.aborted; at++) {
      await asks(platform, `${begun.id} ${client} ${at}`, at);
      await sleep(60);
    }
  });
  const untilMs = performance.now() + 45_000;
  while (["live", "paused"].includes(shown.state) && performance.now() < untilMs) {
    await sleep(100);
    shown = await admin(platform, `/${begun.id}`);
  }
  over.abort();
  await Promise.all(clients);
  // What was under way is counted, too.
  await sleep(1_500);
  return admin(platform, `/${begun.id}`);
}

const golden = (of: string) => [
  {
    prompt: "what is a fairlead",
    outputTokensMax: 12,
    text: legalText({
      tenant: rolloutAccount,
      adapterDigest: of,
      prompt: "what is a fairlead",
      outputTokensMax: 12,
    }),
  },
];

test("bad versions are taken back, a good one arrives; each conversation keeps its version", async (context) => {
  const { platform } = await started(context);
  const wrong = await settled(platform, { to: "one:slow", golden: golden(good) });
  assert.equal(wrong.state, "rolled-back", wrong.reason);
  assert.match(wrong.reason, /^golden prompts: 1 of 1 wrong/);
  assert.equal(wrong.exposure.requests, 0, "no client had it");

  const crashing = await settled(platform, { to: "one:broken", steps: [5, 100] });
  assert.equal(crashing.state, "rolled-back", crashing.reason);
  assert.match(crashing.reason, /^engines: \d+ of/);
  assert.ok(crashing.exposure.requests <= 40, `${crashing.exposure.requests} requests`);

  const late = await settled(platform, { to: "one:slow", steps: [10, 100] });
  assert.equal(late.state, "rolled-back", late.reason);
  assert.match(late.reason, /^TTFT: /);
  assert.ok(late.exposure.percent <= 15, `${late.exposure.percent} %`);
  assert.equal(await ask(platform, "anybody", 1), tone, "the name means what it meant");

  const users = Array.from({ length: 12 }, (_, at) => `steady ${at}`);
  const before = await admin(platform, "", {
    name: "one:tone",
    to: "one:good",
    steps: [50, 100],
    dwellMs: 3_600_000,
  });
  await sleep(300);
  const first = await Promise.all(users.map((user) => ask(platform, user, 1)));
  assert.deepEqual([...new Set(first)].toSorted(), [tone, good]);
  assert.deepEqual(await Promise.all(users.map((user) => ask(platform, user, 2))), first);
  await admin(platform, `/${before.id}/abort`, {});
  await sleep(300);
  assert.deepEqual(
    [...new Set(await Promise.all(users.map((user) => ask(platform, user, 3))))],
    [tone],
  );

  const arrived = await settled(platform, {
    to: "one:good",
    shadow: 100,
    steps: [30, 100],
    golden: golden(good),
  });
  assert.equal(arrived.state, "done", arrived.reason);
  assert.ok(arrived.arms.shadow.requests >= 100, "copies ran first");
  assert.equal(await ask(platform, "anybody", 2), good, "the name means the new version");
});

test("whoever takes over goes on where it was, and what a name means outlives a restart", async (context) => {
  const { platform, again } = await started(context);
  const begun = await admin(platform, "", {
    name: "one:tone",
    to: "one:good",
    steps: [50, 100],
    dwellMs: 3_600_000,
  });
  await sleep(300);
  for (let at = 0; at < 30; at++) await ask(platform, `user ${at}`, at);
  await sleep(2_500);
  const before = await admin(platform, `/${begun.id}`);
  assert.ok(before.exposure.requests >= 5 && before.exposure.requests < 30);
  const next = await again();
  for (let at = 0; at < 30; at++) await ask(next, `user ${at}`, at);
  await sleep(2_500);
  const after = await admin(next, `/${begun.id}`);
  assert.deepEqual([after.state, after.share], ["live", 5_000]);
  assert.equal(after.exposure.requests, 2 * before.exposure.requests, "added to what was counted");
  for (const share of [10_000, 10_000]) {
    assert.equal((await admin(next, `/${begun.id}/promote`, {})).share, share);
  }
  assert.equal((await admin(next, `/${begun.id}`)).state, "done");
  const last = await again();
  assert.equal(await ask(last, "anybody", 1), good);
});

interface Answered {
  /** By `x-fairlead-model`. */
  readonly served: string;
  readonly text: Promise<string>;
}

/** A stream under the model's own name: which model has it is known before its first token. */
async function stream(
  { httpPort }: Platform,
  user: string,
  { model = "one", tokens = 8 }: { readonly model?: string; readonly tokens?: number } = {},
): Promise<Answered> {
  const prompt = `${user} asks`;
  const response = await fetch(`http://127.0.0.1:${httpPort}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({
      model,
      prompt,
      max_tokens: tokens,
      ignore_eos: true,
      stream: true,
      user,
    }),
  });
  assert.equal(response.status, 200);
  const text = response.text().then((body) =>
    body
      .split("\n")
      .flatMap((line) => (line.startsWith("data: {") ? [line.slice(6)] : []))
      .map((data) => JSON.parse(data) as { choices: readonly { text: string }[] })
      .map(({ choices: [choice] }) => choice?.text ?? "")
      .join(""),
  );
  return { served: response.headers.get("x-fairlead-model") ?? "", text };
}

const legal = (user: string, outputTokensMax = 8): string =>
  legalText({ tenant: "acme", prompt: `${user} asks`, outputTokensMax, ignoreEos: true });

/** Clients that stream all the while; how many had each model. What is not the oracle's fails them. */
function streaming(platform: Platform): { readonly end: () => Promise<Map<string, number>> } {
  const over = new AbortController();
  const served = new Map<string, number>();
  const clients = Array.from({ length: 12 }, async (_, client) => {
    for (let at = 0; !over.signal.aborted; at++) {
      const user = `client ${client} ${at}`;
      const answered = await stream(platform, user);
      assert.equal(await answered.text, legal(user));
      served.set(answered.served, (served.get(answered.served) ?? 0) + 1);
    }
  });
  return {
    end: async () => {
      over.abort();
      await Promise.all(clients);
      return served;
    },
  };
}

interface WorkerRow {
  readonly worker: string;
  readonly pool: string;
  readonly running: number;
}

test("a model's name moves to another model beside it under streams, and one that is too slow is taken back", async (context) => {
  const { platform } = await started(context);
  const rows = async (path: string, method = "GET"): Promise<unknown> => {
    const url = `http://127.0.0.1:${platform.adminPort}/admin/v1/${path}`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method, headers });
    const told: unknown = await answer.json();
    assert.ok(answer.ok, JSON.stringify(told));
    return told;
  };
  const inPool = async (pool: string): Promise<readonly WorkerRow[]> => {
    const { workers } = (await rows("workers")) as { workers: readonly WorkerRow[] };
    return workers.filter((one) => one.pool === pool && one.running > 0);
  };

  const late = await settled(platform, { name: "one", to: "late", steps: [20, 100] }, (_, user) =>
    stream(platform, user).then(({ text }) => text),
  );
  assert.equal(late.state, "rolled-back", late.reason);
  assert.match(late.reason, /^T(TFT|POT): /);

  const text = legalText({
    tenant: rolloutAccount,
    prompt: "what is a fairlead",
    outputTokensMax: 12,
  });
  const begun = await admin(platform, "", {
    name: "one",
    to: "two",
    steps: [50, 100],
    shadow: 100,
    golden: [{ prompt: "what is a fairlead", outputTokensMax: 12, text }],
    dwellMs: 3_600_000,
  });
  const shown = () => admin(platform, `/${begun.id}`);
  const until = async (what: string, isSo: (now: Shown) => boolean): Promise<Shown> => {
    for (let round = 0; ; round++) {
      const now = await shown();
      if (isSo(now)) return now;
      assert.ok(round < 300, `${what}: ${JSON.stringify(now)}`);
      await sleep(50);
    }
  };
  const promoted = async (): Promise<Shown> => {
    await sleep(400);
    return admin(platform, `/${begun.id}/promote`, {});
  };
  const long = { tokens: 2_000 };
  const clients = streaming(platform);
  await until("golden prompts", ({ stage }) => stage > 0);
  await until("copies", ({ arms }) => arms.shadow.requests > 0);
  const before = await stream(platform, "the long one", long);
  assert.equal(before.served, "one@1");
  assert.equal((await promoted()).share, 5_000);
  assert.equal((await promoted()).share, 10_000);
  assert.equal((await promoted()).state, "done");
  const served = await clients.end();
  assert.deepEqual([...served.keys()].toSorted(), ["one@1", "two@2"], "both, and no other");
  const fresh = await stream(platform, "anybody");
  assert.equal(fresh.served, "two@2", "the name means the new model");
  assert.equal(await fresh.text, legal("anybody"));
  // Its reply was whole a moment before its worker is known to be free of it.
  for (let round = 0; (await inPool("two.eu.interactive")).length > 0; round++) {
    assert.ok(round < 300, "a stream that is over is still somewhere");
    await sleep(20);
  }

  const [holder] = await inPool("one.eu.interactive");
  assert.ok(holder !== undefined, "a stream that was begun on the old model is there still");
  assert.deepEqual((await shown()).left?.pools, [{ pool: "one.eu.interactive", requests: 1 }]);
  await rows(`workers/${holder.worker}/drain?patience=1ms`, "POST");
  let after: string | undefined;
  for (let round = 0; after === undefined || after === holder.worker; round++) {
    assert.ok(round < 300, "its worker was drained, and it is nowhere else");
    after = (await inPool("one.eu.interactive"))[0]?.worker;
    assert.deepEqual(await inPool("two.eu.interactive"), []);
    await sleep(20);
  }
  assert.equal(
    await before.text,
    legal("the long one", long.tokens),
    "to its end, on its own model",
  );
  const empty = await until("empty", ({ left }) => left?.pools[0]?.requests === 0);
  assert.deepEqual(empty.left?.names.toSorted(), [
    "one:broken",
    "one:good",
    "one:slow",
    "one:tone",
  ]);
  assert.equal(await ask(platform, "anybody", 1), tone, "an adapter's name is not moved");
});
