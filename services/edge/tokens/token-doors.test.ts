import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { Client, Metadata, credentials } from "@grpc/grpc-js";
import { fairlead } from "#proto/inference.js";
import type { ApiKey } from "#shared/model/api-key.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { hash } from "node:crypto";
import { startGrpcApi } from "#services/edge/grpc/grpc-api.ts";
import { startHttpApi } from "#services/edge/http/http-api.ts";
import type { Script, ScriptedEdge } from "#services/edge/scripted-edge.cases.ts";
import {
  fleetOfTests,
  helloScript,
  limitsOfTests,
  startScriptedEdge,
} from "#services/edge/scripted-edge.cases.ts";
import type { IssuerStage } from "./issuer-stage.cases.ts";
import { issuerStage } from "./issuer-stage.cases.ts";

// One edge with both doors: whoever is let in or refused at one is at the other.

const { GenerateRequest, GenerateEvent } = fairlead.inference.v1;

interface Told {
  /** Of the house; OpenAI's over HTTP. Empty: let in. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

interface Doors extends ScriptedEdge {
  readonly http: (bearer: string, model?: string) => Promise<Told>;
  readonly grpc: (bearer: string, model?: string, patienceMs?: number) => Promise<Told>;
  readonly fetch: (bearer: string, path: string, call?: RequestInit) => Promise<Response>;
}

async function doors(context: TestContext, script: Script = helloScript): Promise<Doors> {
  const scripted = startScriptedEdge(script);
  const http = await startHttpApi(scripted.edge, { port: 0 });
  const grpc = await startGrpcApi(scripted.edge, { port: 0 });
  const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
  context.after(async () => {
    client.close();
    await scripted.edge.drain(0);
    await Promise.all([http.close(), grpc.close()]);
    scripted.stop();
  });
  const ask: Doors["fetch"] = (bearer, path, call = {}) =>
    fetch(`http://127.0.0.1:${http.port}${path}`, {
      ...call,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    });
  return {
    ...scripted,
    fetch: ask,
    http: async (bearer, model = "fair-8b") => {
      const body = JSON.stringify({ model, prompt: "hi" });
      const reply = await ask(bearer, "/v1/completions", { method: "POST", body });
      const { error } = (await reply.json()) as { error?: { code: string; message: string } };
      return { code: error?.code ?? "", message: error?.message ?? "", status: reply.status };
    },
    grpc: (bearer, model = "fair-8b", patienceMs = 10_000) =>
      new Promise((resolve) => {
        const metadata = new Metadata();
        metadata.set("authorization", `Bearer ${bearer}`);
        const stream = client.makeServerStreamRequest(
          "/fairlead.inference.v1.Inference/GenerateStream",
          (request: object) => Buffer.from(GenerateRequest.encode(request).finish()),
          (bytes: Buffer) => GenerateEvent.decode(bytes),
          { model, prompt: "hi" },
          metadata,
          { deadline: Date.now() + patienceMs },
        );
        stream.on("data", () => {});
        stream.once("error", ({ code, details, metadata: trailing }: GrpcError) => {
          const name = String(trailing.get("fairlead-code")[0]);
          resolve({ code: name, message: details, status: code });
        });
        stream.once("end", () => resolve({ code: "", message: "", status: 0 }));
      }),
  };
}

interface GrpcError {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

async function withIssuer(context: TestContext, script?: Script): Promise<Doors & IssuerStage> {
  const issuer = await issuerStage(context);
  const both = await doors(context, script);
  both.edge.setFleet({ ...fleetOfTests, issuers: [issuer.issuer] });
  return { ...both, ...issuer };
}

const unauthenticated = 16;
const deadlineExceeded = 4;
const permissionDenied = 7;
const notFound = 5;
const unavailable = 14;
const nowS = (): number => Math.floor(Date.now() / 1000);

test("a token is let in at both doors, for its tenant, and a wrong one at none", async (context) => {
  const { http, grpc, token, opens } = await withIssuer(context);
  for (const tenant of ["acme", "bolt"]) {
    const mine = await token({ tenant_id: tenant });
    assert.equal((await http(mine)).status, 200);
    assert.equal((await grpc(mine)).status, 0);
  }
  assert.deepEqual(
    opens().map(({ tenant }) => tenant),
    ["acme", "acme", "bolt", "bolt"],
  );
  const bad: readonly (readonly [string, string])[] = [
    [await token({ aud: "another" }), "token_invalid"],
    [await token({ exp: nowS() - 10 }), "token_expired"],
    [await token({ nbf: nowS() + 20 }), "token_invalid"],
    [await token({ tenant_id: "idle" }), "token_invalid"],
    [await token({ tier: "enterprise" }), "token_invalid"],
    [await token({}, { kid: "unheard-of" }), "token_invalid"],
  ];
  for (const [one, code] of bad) {
    const [overHttp, overGrpc] = [await http(one), await grpc(one)];
    assert.equal(overHttp.status, 401);
    assert.equal(overGrpc.status, unauthenticated);
    assert.equal(overGrpc.code, code);
    assert.equal(overGrpc.message, overHttp.message);
  }
  assert.equal(opens().length, 4);
});

test("first calls by gRPC are verified too, and a client that leaves meanwhile harms nobody", async (context) => {
  const { grpc, http, fetch: ask, token, serve, opens, edge } = await withIssuer(context);
  await serve("slow");
  const mine = await token();
  const body = JSON.stringify({ model: "fair-8b", prompt: "hi" });
  const signal = AbortSignal.timeout(60);
  const left = ask(mine, "/v1/completions", { method: "POST", body, signal });
  const cut = grpc(mine, "fair-8b", 60);
  await assert.rejects(left);
  assert.equal((await cut).status, deadlineExceeded);
  const all = await Promise.all([grpc(mine), http(mine), grpc(mine)]);
  assert.deepEqual(
    all.map(({ code }) => code),
    ["", "", ""],
  );
  assert.equal(opens().length, 3);
  assert.deepEqual([edge.openCalls(), edge.bodies.bytes], [0, 0]);
});

test("without the issuer's keys nobody is let in, and is told to come back", async (context) => {
  const { http, grpc, token, kill } = await withIssuer(context);
  const mine = await token();
  await kill();
  assert.deepEqual([(await http(mine)).status, (await grpc(mine)).status], [503, unavailable]);
  assert.equal((await http("key-acme")).status, 200, "keys need no issuer");
});

test("a model that a token does not allow looks as unknown as one that there is not", async (context) => {
  const { http, grpc, fetch: ask, token } = await withIssuer(context);
  const mine = await token({ allowed_models: ["fair-8b:legal"] });
  assert.equal((await http(mine, "fair-8b:legal")).status, 200);
  for (const door of [http, grpc]) {
    const forbidden = await door(mine, "fair-8b");
    const unknown = await door(mine, "nothing");
    assert.deepEqual(forbidden, {
      ...unknown,
      message: unknown.message.replace("nothing", "fair-8b"),
    });
    assert.ok([404, notFound].includes(forbidden.status));
  }
  const list = (await (await ask(mine, "/v1/models")).json()) as { data: { id: string }[] };
  assert.deepEqual(
    list.data.map(({ id }) => id),
    ["fair-8b:legal"],
  );
  assert.equal((await ask(mine, "/v1/models/fair-8b")).status, 404);
});

test("a stream that a token began goes on when the token expires; the next call is refused", async (context) => {
  const { http, token, hears, opens, say, edge } = await withIssuer(context, () => [
    { kind: "admitted", limits: limitsOfTests },
  ]);
  const mine = await token({ exp: nowS() - 4 });
  const reply = http(mine);
  await hears("open");
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  assert.equal((await http(mine)).code, "token_expired");
  assert.equal(edge.openCalls(), 1);
  const [open] = opens();
  assert.ok(open);
  say(open.requestId, { kind: "output", text: "late", outputTokens: 1, index: 0 });
  say(open.requestId, { ...completed, promptTokens: open.promptTokens });
  assert.equal((await reply).status, 200);
});

test("streams end when their token's issuer is not heard any more, or not for their tenant", async (context) => {
  const { http, token, hears, edge, issuer, kindsHeard } = await withIssuer(context, () => []);
  const acme = http(await token());
  const bolt = http(await token({ tenant_id: "bolt" }));
  await hears("open", 2);
  edge.setFleet({ ...fleetOfTests, issuers: [{ ...issuer, tenants: ["bolt" as TenantId] }] });
  assert.equal((await acme).status, 401);
  assert.equal(edge.openCalls(), 1);
  edge.setFleet(fleetOfTests);
  assert.equal((await bolt).status, 401);
  assert.equal(kindsHeard().filter((kind) => kind === "client-gone").length, 2);
});

const completed = { kind: "completed", reason: "stop", cachedTokens: 0, outputTokens: 1 } as const;

const keyWith = (key: string, terms: Partial<ApiKey>): ApiKey => ({
  id: `id-of-${key}`,
  tenant: "acme" as TenantId,
  sha256: hash("sha256", key, "hex"),
  revoked: false,
  ...terms,
});

test("a key's end, scopes and models bind at both doors", async (context) => {
  const { http, grpc, edge, fetch: ask } = await doors(context);
  edge.setFleet({
    ...fleetOfTests,
    keys: [
      keyWith("key-ended", { expiresAtEpochMs: Date.now() - 1 }),
      keyWith("key-adapters", { scopes: ["adapters"] }),
      keyWith("key-inference", { scopes: ["inference"] }),
      keyWith("key-legal", { models: ["fair-8b:legal"] }),
      keyWith("key-base", { models: ["fair-8b"] }),
    ],
  });
  const cases: readonly (readonly [
    key: string,
    model: string,
    http: number,
    grpc: number,
    code: string,
  ])[] = [
    ["key-ended", "fair-8b", 401, unauthenticated, "key_expired"],
    ["key-adapters", "fair-8b", 403, permissionDenied, "scope_missing"],
    ["key-inference", "fair-8b", 200, 0, ""],
    ["key-legal", "fair-8b:legal", 200, 0, ""],
    ["key-legal", "fair-8b", 404, notFound, "model_not_found"],
    ["key-base", "fair-8b:legal", 200, 0, ""],
    ["key-base", "secret-70b", 404, notFound, "model_not_found"],
  ];
  for (const [key, model, overHttp, overGrpc, code] of cases) {
    assert.equal((await http(key, model)).status, overHttp, `${key} ${model}`);
    const told = await grpc(key, model);
    assert.deepEqual([told.status, told.code], [overGrpc, code], `${key} ${model}`);
  }
  assert.equal((await ask("key-adapters", "/v1/models")).status, 200);
  assert.equal((await ask("key-inference", "/v1/adapters")).status, 403);
  assert.equal((await ask("key-adapters", "/v1/requests/x/stream")).status, 403);
});

test("a key ends at its moment without a new desired state, and its streams with it", async (context) => {
  const { http, grpc, edge, hears } = await doors(context, () => []);
  const expiresAtEpochMs = Date.now() + 700;
  edge.setFleet({
    ...fleetOfTests,
    keys: [
      ...fleetOfTests.keys,
      keyWith("key-short", { expiresAtEpochMs }),
      keyWith("key-later", { expiresAtEpochMs: expiresAtEpochMs + 60_000 }),
    ],
  });
  const short = [http("key-short"), grpc("key-short")];
  const later = http("key-later");
  await hears("open", 3);
  const [overHttp, overGrpc] = await Promise.all(short);
  const lateMs = Date.now() - expiresAtEpochMs;
  assert.ok(lateMs >= 0 && lateMs < 500, `${lateMs} ms after its moment`);
  assert.deepEqual([overHttp?.status, overGrpc?.code], [401, "key_expired"]);
  assert.match(overHttp?.message ?? "", /has expired/);
  assert.equal(edge.openCalls(), 1);
  await edge.drain(0);
  await later;
});
