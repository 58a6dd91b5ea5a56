import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { startS3Server } from "#deploy/local/servers/s3-server.ts";
import {
  headerOf,
  peftTensors,
  safetensors,
} from "#services/adapter-intake/file/adapter-files.cases.ts";
import { withoutNodeLlamaCpp } from "#services/worker/engine/drivers/llama-cpp/node-llama-cpp.ts";
import { writeTinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";
import { readEmbeddedConfig } from "./config.ts";
import { queryAdapter } from "#services/fleet/uploads.cases.ts";
import { legalText } from "./legal-text.cases.ts";
import type { Platform } from "./platform.ts";
import { startPlatform } from "./platform.ts";

// A tenant's file becomes an adapter that can be called, through the whole platform; hostile ones become clear errors.

const model = "llama-3.1-8b";

async function open(settings: Readonly<Record<string, string>> = {}): Promise<Platform> {
  const environment = {
    FAIRLEAD_HTTP_PORT: "0",
    FAIRLEAD_GRPC_PORT: "0",
    FAIRLEAD_ADMIN_PORT: "0",
    FAIRLEAD_DRAIN_PATIENCE: "1s",
    FAIRLEAD_LOG_LEVEL: "fatal",
    ...settings,
  };
  const { FAIRLEAD_DATA_DIRECTORY: dataDirectory = "" } = settings;
  const config = { ...readEmbeddedConfig(environment), dataDirectory };
  return startPlatform(config, environment);
}

async function start(
  context: TestContext,
  settings: Readonly<Record<string, string>>,
): Promise<Platform> {
  const platform = await open(settings);
  context.after(() => platform.drain());
  return platform;
}

/** What the standing platform's engines are told to have trouble with. */
const [refusing, toNaN] = [queryAdapter(21), queryAdapter(22)];

let platform: Platform;
before(async () => {
  platform = await open({
    FAIRLEAD_ENGINE_ADAPTER_FAULTS: `${refusing.digest}=error:100 ${toNaN.digest}=nan:100`,
  });
});
after(() => platform.drain());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    readonly error?: {
      readonly code: string;
      readonly message: string;
      readonly param: string | null;
      readonly detail?: string;
    };
  };
  readonly headers: Headers;
}

interface Ask {
  readonly method?: string;
  readonly tenant?: string;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(
  { httpPort }: Platform,
  path: string,
  { method = "GET", tenant = "acme", body, headers = {} }: Ask = {},
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
    method,
    headers: { authorization: `Bearer fl-demo-${tenant}`, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  const answer = (await response.json()) as Answer["body"];
  return { status: response.status, body: answer, headers: response.headers };
}

const upload = (platform: Platform, query: string, body: Buffer, more: Ask = {}): Promise<Answer> =>
  ask(platform, `/v1/adapters?${query}`, { method: "POST", body, ...more });

const rank = 4;
const adapterFile = (seed: number): Buffer => queryAdapter(seed).file;

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const call = (platform: Platform, tenant: string, name: string) =>
  new OpenAI({
    apiKey: `fl-demo-${tenant}`,
    baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
    maxRetries: 0,
  }).completions.create({ model: `${model}:${name}`, prompt: "with my own", max_tokens: 12 });

async function isGone(calling: Promise<unknown>): Promise<void> {
  await assert.rejects(calling, (error: unknown) => {
    assert.ok(error instanceof OpenAI.NotFoundError, String(error));
    assert.equal(error.code, "model_not_found");
    return true;
  });
}

test("upload, list, show, call, delete; another tenant sees nothing of it", async () => {
  const file = adapterFile(1);
  const made = await upload(platform, `name=my-tone&base_model=${model}&alpha=8`, file);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.ok((made.headers.get("x-request-id") ?? "") !== "");
  const { created, ...rest } = made.body;
  assert.ok(Math.abs(Number(created) - Date.now() / 1000) < 60);
  assert.deepEqual(rest, {
    id: "my-tone",
    object: "adapter",
    model: `${model}:my-tone`,
    base_model: model,
    status: "ready",
    reason: null,
    tried: true,
    digest: sha256(file),
    served_digest: sha256(file),
    bytes: file.length,
    format: "safetensors",
    rank,
    alpha: 8,
    target_modules: ["q_proj"],
  });
  assert.deepEqual((await ask(platform, "/v1/adapters")).body["data"], [made.body]);
  assert.deepEqual((await ask(platform, "/v1/adapters/my-tone")).body, made.body);
  const question = { tenant: "acme", prompt: "with my own", outputTokensMax: 12 };
  const { choices } = await call(platform, "acme", "my-tone");
  assert.equal(choices[0]?.text, legalText({ ...question, adapterDigest: sha256(file) }));
  // Another's is as one that never was, to the byte but for its name.
  const strangers: Ask = { tenant: "bolt" };
  await isGone(call(platform, "bolt", "my-tone"));
  assert.deepEqual((await ask(platform, "/v1/adapters", strangers)).body["data"], []);
  for (const method of ["GET", "DELETE"]) {
    const foreign = await ask(platform, "/v1/adapters/my-tone", { ...strangers, method });
    const never = await ask(platform, "/v1/adapters/no-tone", { ...strangers, method });
    assert.equal(foreign.status, 404);
    assert.equal(
      JSON.stringify(foreign.body).replace("my-tone", "no-tone"),
      JSON.stringify(never.body),
    );
  }
  const again = await upload(platform, `name=my-tone&base_model=${model}&alpha=8`, file);
  assert.deepEqual([again.status, again.body.error?.code], [409, "adapter_exists"]);
  // The same weights under another's name are another's own, and outlive the first's.
  const theirs = await upload(platform, `name=x&base_model=${model}&alpha=8`, file, strangers);
  assert.equal(theirs.status, 201);
  const deleted = await ask(platform, "/v1/adapters/my-tone", { method: "DELETE" });
  assert.deepEqual(deleted.body, { id: "my-tone", object: "adapter", deleted: true });
  await isGone(call(platform, "acme", "my-tone"));
  assert.equal((await ask(platform, "/v1/adapters/my-tone")).status, 404);
  const bolts = await call(platform, "bolt", "x");
  assert.equal(
    bolts.choices[0]?.text,
    legalText({ ...question, tenant: "bolt", adapterDigest: sha256(file) }),
  );
});

async function command({ adminPort }: Platform, verb: string): Promise<void> {
  const base = `http://127.0.0.1:${adminPort}/admin/v1`;
  const { workers } = (await (await fetch(`${base}/workers`)).json()) as {
    readonly workers: readonly { readonly worker: string }[];
  };
  for (const { worker: id } of workers) {
    const headers = { "content-type": "application/json" };
    const path = `${base}/workers/${id}/${verb}`;
    const answer = await fetch(path, { method: "POST", headers });
    assert.equal(answer.status, 202, await answer.text());
  }
}

const trialAccount = "fairlead:trials";

test("what was uploaded outlives a restart, and its bytes do; deleted, they are gone", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-upload-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const settings = { FAIRLEAD_DATA_DIRECTORY: folder };
  const first = await start(context, settings);
  const file = adapterFile(2);
  assert.equal((await upload(first, `name=kept&base_model=${model}&alpha=8`, file)).status, 201);
  await first.drain();
  const second = await start(context, { ...settings, FAIRLEAD_ADAPTER_TRIAL_TIMEOUT: "2s" });
  assert.equal((await ask(second, "/v1/adapters/kept")).body["digest"], sha256(file));
  assert.ok(((await call(second, "acme", "kept")).choices[0]?.text.length ?? 0) > 0);
  assert.ok(readFileSync(join(folder, "objects", sha256(file))).equals(file));
  await ask(second, "/v1/adapters/kept", { method: "DELETE" });
  assert.deepEqual(readdirSync(join(folder, "objects")), []);
  assert.deepEqual(readdirSync(join(folder, "incoming")), []);
  // Nobody can try one now: nothing is kept, and nothing is ready untried.
  await command(second, "cordon?force=true");
  const query = `name=kept&base_model=${model}&alpha=8`;
  const untried = await upload(second, query, file);
  assert.deepEqual([untried.status, untried.body.error?.code], [503, "trial_unavailable"]);
  assert.equal(untried.headers.get("retry-after"), "30");
  assert.deepEqual((await ask(second, "/v1/adapters")).body["data"], []);
  assert.deepEqual(readdirSync(join(folder, "objects")), []);
  await command(second, "uncordon");
  const made = await upload(second, query, file);
  assert.deepEqual([made.status, made.body["tried"]], [201, true], JSON.stringify(made.body));
});

test("in an S3 bucket, too: stored, called, deleted; a bucket that is gone is told, and nothing is kept", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-upload-s3-"));
  const server = await startS3Server(folder);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server.place;
  const inBucket = await start(context, {
    FAIRLEAD_S3_URL: `${endpoint}/${bucket}`,
    FAIRLEAD_S3_REGION: region,
    FAIRLEAD_S3_ACCESS_KEY_ID: accessKeyId,
    FAIRLEAD_S3_SECRET_ACCESS_KEY: secretAccessKey,
  });
  const objects = (): readonly string[] =>
    readdirSync(join(folder, "s3", bucket), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith("_object"),
    );
  const file = adapterFile(7);
  const query = `base_model=${model}&alpha=8`;
  assert.equal((await upload(inBucket, `name=a&${query}`, file)).status, 201);
  assert.deepEqual(
    objects().map((name) => name.includes(sha256(file))),
    [true],
  );
  assert.ok((await call(inBucket, "acme", "a")).choices.length === 1);
  assert.equal((await ask(inBucket, "/v1/adapters/a", { method: "DELETE" })).status, 200);
  assert.deepEqual(objects(), []);
  await server.stop();
  const down = await upload(inBucket, `name=a&${query}`, file);
  assert.deepEqual([down.status, down.body.error?.code], [503, "uploads_unavailable"]);
  assert.equal(down.headers.get("retry-after"), "10");
  assert.equal((await ask(inBucket, "/v1/adapters/a")).status, 404);
});

test("hostile files are refused with what to mend, and the platform goes on", async () => {
  const send = (query: string, file: Buffer, more: Ask = {}): Promise<Answer> =>
    upload(platform, query, file, { tenant: "corner", ...more });
  const good = adapterFile(3);
  const nan = Buffer.from(good);
  nan.writeFloatLE(Number.NaN, nan.length - 4);
  const lying = Buffer.from(good);
  lying.writeBigUInt64LE(2n ** 62n);
  const traversal = peftTensors().map((tensor) => ({ ...tensor, name: `../../${tensor.name}` }));
  const huge = JSON.stringify(headerOf(peftTensors())).replaceAll("[2,8]", "[4096,8]");
  const files: readonly (readonly [Buffer, number, string, string])[] = [
    [
      Buffer.from(`PK\u0003\u0004${"0".repeat(1_000)}`, "latin1"),
      400,
      "invalid_adapter_file",
      "archive",
    ],
    [Buffer.alloc(0), 400, "invalid_adapter_file", "empty"],
    [good.subarray(0, -1), 400, "invalid_adapter_file", "truncated"],
    [good.subarray(0, 40), 400, "invalid_adapter_file", "truncated"],
    [Buffer.concat([good, Buffer.alloc(1_000_000)]), 400, "invalid_adapter_file", "trailing_bytes"],
    [lying, 400, "invalid_adapter_file", "unknown_format"],
    [safetensors([], `{"a":${"[".repeat(500_000)}`), 400, "invalid_adapter_file", "bad_header"],
    [safetensors(peftTensors(), huge), 400, "invalid_adapter_file", "bad_offsets"],
    [nan, 422, "adapter_values_invalid", "not_finite"],
    [safetensors(), 422, "adapter_does_not_fit", "shape_mismatch"],
    [safetensors(traversal), 422, "adapter_does_not_fit", "bad_name"],
    [safetensors(peftTensors(128)), 422, "adapter_does_not_fit", "rank_too_large"],
  ];
  for (const [file, status, code, detail] of files) {
    const { status: found, body } = await send(`name=x&base_model=${model}&alpha=8`, file);
    assert.deepEqual([found, body.error?.code, body.error?.detail], [status, code, detail]);
    assert.match(body.error?.message ?? "", /[.?]$/);
  }
  assert.deepEqual((await ask(platform, "/v1/adapters", { tenant: "corner" })).body["data"], []);
  const wrong: readonly (readonly [string, number, string, string | null])[] = [
    ["", 400, "invalid_request", "name"],
    [`name=..%2f..%2fetc&base_model=${model}`, 400, "invalid_request", "name"],
    [`name=..&base_model=${model}`, 400, "invalid_request", "name"],
    [`name=a&name=b&base_model=${model}`, 400, "invalid_request", "name"],
    ["name=x", 400, "invalid_request", "base_model"],
    ["name=x&base_model=gpt-9", 404, "model_not_found", "base_model"],
    [`name=x&base_model=${model}&alpha=-1`, 400, "invalid_request", "alpha"],
    [`name=x&base_model=${model}&tenant=bolt`, 400, "unknown_parameter", "tenant"],
    [`name=x&base_model=${model}`, 422, "adapter_does_not_fit", "alpha"],
    [`name=summarise&base_model=${model}&alpha=8`, 409, "adapter_exists", "name"],
  ];
  for (const [query, status, code, param] of wrong) {
    const { status: found, body } = await send(query, good);
    assert.deepEqual([found, body.error?.code, body.error?.param], [status, code, param], query);
  }
  for (const headers of [
    { "content-type": "multipart/form-data; boundary=x" },
    { "content-encoding": "gzip" },
  ]) {
    const typed = await send(`name=x&base_model=${model}&alpha=8`, good, {
      headers: { ...headers },
    });
    assert.equal(typed.status, 415);
  }
  const stranger = await send(`name=x&base_model=${model}`, good, { tenant: "nobody" });
  assert.equal(stranger.status, 401);
  const fine = await send(`name=x&base_model=${model}&alpha=8`, good);
  assert.equal(fine.status, 201, JSON.stringify(fine.body));
  assert.ok((await call(platform, "corner", "x")).choices.length === 1);
  const metrics = await (await fetch(`http://127.0.0.1:${platform.adminPort}/metrics`)).text();
  assert.match(metrics, /fairlead_adapter_uploads_flawed_total\{[^}]*tenant="corner"[^}]*\} 13/);
  assert.match(metrics, /fairlead_adapter_uploads_total\{[^}]*tenant="corner"[^}]*\} 1/);
});

test("five hundred uploads at once: some wait in slots, the rest are told when to come back", async () => {
  const path = `/v1/adapters?name=slow&base_model=${model}&alpha=8`;
  const sockets = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const socket = connect(platform.httpPort, "127.0.0.1");
      let text = "";
      socket.on("error", () => undefined).on("data", (bytes: Buffer) => (text += bytes.toString()));
      await new Promise((resolve) => {
        socket.once("connect", resolve);
      });
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer fl-demo-acme\r\ncontent-length: 100000\r\n\r\nx`,
      );
      return { socket, text: () => text };
    }),
  );
  const deadline = Date.now() + 20_000;
  const refused = (): number => sockets.filter(({ text }) => text().includes(" 429 ")).length;
  while (refused() < 496 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(refused(), 496);
  const [told] = sockets.filter(({ text }) => text().includes(" 429 "));
  assert.match(told?.text() ?? "", /retry-after: 2\r\n[\s\S]*"code":"too_many_uploads"/);
  // Another tenant's is taken meanwhile, and a call as well.
  const other = await upload(platform, `name=z&base_model=${model}&alpha=8`, adapterFile(4), {
    tenant: "bolt",
  });
  assert.equal(other.status, 201, JSON.stringify(other.body));
  assert.ok((await call(platform, "bolt", "z")).choices.length === 1);
  for (const { socket } of sockets) socket.destroy();
  // Those that hung up have given their slots back.
  let later = await upload(platform, `name=y&base_model=${model}&alpha=8`, adapterFile(5));
  while (later.status === 429 && Date.now() < deadline) {
    later = await upload(platform, `name=y&base_model=${model}&alpha=8`, adapterFile(5));
  }
  assert.equal(later.status, 201, JSON.stringify(later.body));
});

test("an upload that stalls is given up, and one longer than any other body may take is not", async (context) => {
  const platform = await start(context, {
    FAIRLEAD_EDGE_UPLOAD_IDLE: "500ms",
    FAIRLEAD_EDGE_REQUEST_TIMEOUT: "1s",
    FAIRLEAD_EDGE_UPLOAD_TIMEOUT: "20s",
  });
  const file = adapterFile(6);
  const send = (
    name: string,
    pieces: number,
    everyMs: number,
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          port: platform.httpPort,
          method: "POST",
          path: `/v1/adapters?name=${name}&base_model=${model}&alpha=8`,
          headers: { authorization: "Bearer fl-demo-acme", "content-length": file.length },
        },
        (answer) => {
          let text = "";
          answer.on("data", (bytes: Buffer) => (text += bytes.toString()));
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      sent.on("error", reject);
      const size = Math.ceil(file.length / pieces);
      let at = 0;
      const timer = setInterval(() => {
        sent.write(file.subarray(at, at + size));
        at += size;
        if (at < file.length) return;
        clearInterval(timer);
        sent.end();
      }, everyMs);
      sent.on("close", () => clearInterval(timer));
    });
  const slow = await send("slow", 12, 200);
  assert.equal(slow.status, 201, slow.text);
  const stalled = await send("stalled", 3, 1_500);
  assert.equal(stalled.status, 408, stalled.text);
  assert.match(stalled.text, /"code":"request_timeout"/);
});

test("what no engine brings a token with is rejected before anybody can call it, and its tenant hears what to mend", async () => {
  const bring = (name: string, file: Buffer) =>
    upload(platform, `name=${name}&base_model=${model}&alpha=8`, file, { tenant: "bolt" });
  const show = (name: string) => ask(platform, `/v1/adapters/${name}`, { tenant: "bolt" });
  for (const [name, { file, digest }] of Object.entries({ refusing, toNaN })) {
    const failed = await bring(name, file);
    assert.deepEqual([failed.status, failed.body.error?.code], [422, "adapter_trial_failed"]);
    assert.match(failed.body.error?.message ?? "", /did not pass.*upload it again\.$/);
    const { status, tried, reason } = (await show(name)).body;
    assert.deepEqual([status, tried], ["rejected", false]);
    assert.ok(failed.body.error?.message.endsWith(String(reason)));
    await isGone(call(platform, "bolt", name));
    await isGone(call(platform, "bolt", digest));
  }
  // The name is free again.
  const made = await bring("toNaN", adapterFile(23));
  assert.deepEqual([made.status, made.body["tried"]], [201, true], JSON.stringify(made.body));
  assert.equal((await call(platform, "bolt", "toNaN")).choices.length, 1);
  const admin = `http://127.0.0.1:${platform.adminPort}`;
  const triedThere = async (): Promise<readonly string[]> => {
    const answer = await fetch(`${admin}/admin/v1/usage?tenant=${trialAccount}`);
    const { records } = (await answer.json()) as {
      readonly records: readonly { readonly adapterDigest: string }[];
    };
    return records.map(({ adapterDigest }) => adapterDigest);
  };
  // A meter sends what it heard a quarter of a second later.
  const all = [refusing, toNaN, queryAdapter(23)].map(({ digest }) => digest);
  let tried = await triedThere();
  for (let round = 0; round < 50 && !all.every((digest) => tried.includes(digest)); round++) {
    await sleep(100);
    tried = await triedThere();
  }
  for (const digest of all) assert.ok(tried.includes(digest), `${digest} in ${tried.join(", ")}`);
  const bolts = await (await fetch(`${admin}/admin/v1/usage?tenant=bolt`)).text();
  for (const { digest } of [refusing, toNaN]) assert.ok(!bolts.includes(digest), "billed");
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  assert.match(metrics, /fairlead_adapter_trials_failed_total\{[^}]*tenant="bolt"[^}]*\} 2/);
});

test(
  "a real engine computes with weights that were uploaded a moment ago",
  { skip: withoutNodeLlamaCpp },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-upload-"));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const models = writeTinyModels(folder, { size: "tiny", stops: true });
    const [first = "", second = ""] = models.adapters.map(({ path }) => path);
    // The first by the operator, the second by the tenant.
    const platform = await start(context, {
      FAIRLEAD_MODEL: models.model,
      FAIRLEAD_ADAPTERS: first,
    });
    const base = platform.ownModel ?? "";
    const client = new OpenAI({
      apiKey: "fl-demo-acme",
      baseURL: `http://127.0.0.1:${platform.httpPort}/v1`,
      maxRetries: 0,
    });
    const say = async (name: string): Promise<string> => {
      const reply = await client.completions.create({
        model: name,
        prompt: "Tell me",
        max_tokens: 30,
        temperature: 0,
      });
      return reply.choices[0]?.text ?? "";
    };
    for (const [name, path] of [
      ["mine", second],
      ["same", first],
    ] as const) {
      const made = await upload(platform, `name=${name}&base_model=${base}`, readFileSync(path));
      assert.equal(made.status, 201, JSON.stringify(made.body));
      assert.deepEqual([made.body["rank"], made.body["alpha"]], [8, 16]);
    }
    const texts = await Promise.all([base, `${base}:tiny-lora1`, `${base}:mine`].map(say));
    assert.equal(new Set(texts).size, 3, texts.join(" | "));
    // The operator's own weights, brought again: the same text.
    assert.equal(await say(`${base}:same`), texts[1]);
    const wrong = await upload(platform, `name=wrong&base_model=${base}&alpha=8`, safetensors());
    assert.equal(wrong.status, 422);
    await ask(platform, "/v1/adapters/mine", { method: "DELETE" });
    await assert.rejects(say(`${base}:mine`), OpenAI.NotFoundError);
    assert.equal(
      (await upload(platform, `name=mine&base_model=${base}`, readFileSync(second))).status,
      201,
    );
    assert.equal(await say(`${base}:mine`), texts[2]);
  },
);
