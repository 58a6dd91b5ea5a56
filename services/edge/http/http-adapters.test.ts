import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdapterDesk, NotBegun, UploadEnd } from "#shared/model/adapter-desk.ts";
import type { UploadedAdapter } from "#shared/model/uploaded-adapter.ts";
import { helloScript } from "#services/edge/scripted-edge.cases.ts";
import { httpStage } from "./http-stage.cases.ts";
import { rawClient } from "./raw-client.cases.ts";

const kept: UploadedAdapter = {
  tenant: "acme",
  name: "mine",
  model: "fair-8b",
  digest: "ab".repeat(32),
  bytes: 7,
  format: "gguf",
  rank: 8,
  alpha: 16,
  modules: ["q_proj"],
  status: "ready",
  tried: true,
  createdAtEpochS: 1_700_000_000,
};

interface Scripted extends AdapterDesk {
  /** Bytes that its uploads have read. */
  readonly read: () => number;
  readonly begun: string[];
}

/** Reads `readMax` bytes of a body at most, then says `end`. */
function scriptedDesk(
  end: UploadEnd,
  { readMax = Infinity, refusal }: { readMax?: number; refusal?: NotBegun } = {},
): Scripted {
  let read = 0;
  const begun: string[] = [];
  return {
    read: () => read,
    begun,
    begin: async ({ name, tenant, model, alpha }) => {
      begun.push(`${tenant.policy.tenant} ${name} ${model.id} ${alpha}`);
      if (refusal !== undefined) return refusal;
      return {
        bytesMax: 50_000_000,
        leave: () => begun.push("left"),
        take: async (body) => {
          try {
            for await (const chunk of body) {
              read += chunk.length;
              if (read >= readMax) break;
            }
          } catch (error) {
            return { kind: "cut-off", error };
          }
          return end;
        },
      };
    },
    list: async (tenant) => (tenant === "acme" ? [kept] : []),
    find: async (tenant, name) => (tenant === "acme" && name === "mine" ? kept : undefined),
    remove: async (tenant, name) => tenant === "acme" && name === "mine",
  };
}

const ready: UploadEnd = { kind: "ready", adapter: kept };

async function stage(context: TestContext, desk: AdapterDesk | undefined) {
  const { port, notes } = await httpStage(
    context,
    helloScript,
    { uploadIdleMs: 300 },
    desk === undefined ? {} : { adapters: desk },
  );
  const ask = async (path: string, init: RequestInit = {}, key: string = "key-acme") => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}` },
    });
    const text = await response.text();
    const { error } = JSON.parse(text) as { error?: { code: string; param: string | null } };
    return { status: response.status, code: error?.code, param: error?.param, text, response };
  };
  return { port, notes, ask };
}

const path = "/v1/adapters?name=mine&base_model=fair-8b";

test("an upload is streamed to the desk, and answered with what became of it", async (context) => {
  const desk = scriptedDesk(ready);
  const { ask } = await stage(context, desk);
  const body = Buffer.alloc(20_000_000, 1);
  const answer = await ask(`${path}&alpha=0.5`, { method: "POST", body });
  assert.equal(answer.status, 201, answer.text);
  // More than any other body may have.
  assert.equal(desk.read(), body.length);
  assert.deepEqual(desk.begun, ["acme mine fair-8b 0.5"]);
  assert.equal((JSON.parse(answer.text) as { model: string }).model, "fair-8b:mine");
  assert.match(answer.response.headers.get("x-request-id") ?? "", /./);
});

test("a platform without a desk says so, and not that there is no such URL", async (context) => {
  const { ask } = await stage(context, undefined);
  const answer = await ask(path, { method: "POST", body: Buffer.from("x") });
  assert.deepEqual([answer.status, answer.code], [400, "uploads_unsupported"]);
});

test("each way in which the desk declines has its status, its code, and its time to come back", async (context) => {
  const declined: readonly (readonly [NotBegun, number, string])[] = [
    ["busy", 429, "too_many_uploads"],
    ["full", 409, "adapter_limit_reached"],
    ["no-shape", 400, "uploads_unsupported"],
    ["no-store", 400, "uploads_unsupported"],
    ["no-uploads", 400, "uploads_unsupported"],
    [{ retryAfterMs: 4_001 }, 429, "too_many_uploads"],
  ];
  for (const [refusal, status, code] of declined) {
    const { ask } = await stage(context, scriptedDesk(ready, { refusal }));
    const { response, ...answer } = await ask(path, { method: "POST", body: Buffer.from("x") });
    assert.deepEqual([answer.status, answer.code], [status, code]);
    const isLater = status === 429;
    assert.equal(response.headers.has("retry-after"), isLater);
    assert.equal(response.headers.get("x-should-retry"), isLater ? null : "false");
    if (typeof refusal === "object") assert.equal(response.headers.get("retry-after"), "5");
  }
});

test("a name that is the operator's is not said to be the tenant's to delete", async (context) => {
  const send = async (end: UploadEnd) => {
    const { ask } = await stage(context, scriptedDesk(end));
    return ask(path, { method: "POST", body: Buffer.from("x") });
  };
  const own = await send({ kind: "exists" });
  assert.deepEqual([own.status, own.code, own.param], [409, "adapter_exists", "name"]);
  assert.match(own.text, /Delete it first/);
  const operators = await send({ kind: "operators" });
  assert.deepEqual([operators.status, operators.code], [409, "adapter_exists"]);
  assert.match(operators.text, /The operator of this platform provides/);
  assert.doesNotMatch(operators.text, /[Dd]elete/);
});

test("a client that waits for 100 Continue is refused without a byte where its quota is full", async (context) => {
  const full: AdapterDesk = {
    ...scriptedDesk(ready),
    begin: async () => ({
      bytesMax: 50,
      leave: () => undefined,
      take: async () => ({ kind: "full", adaptersMax: 3 }),
    }),
  };
  const client = await rawClient((await stage(context, full)).port);
  client.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-acme\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n`,
  );
  assert.doesNotMatch(await client.receives(/HTTP\/1\.1 409 /), /100 Continue/);
  client.socket.destroy();
});

test("a part of a file is not taken for the file", async (context) => {
  const desk = scriptedDesk(ready);
  const client = await rawClient((await stage(context, desk)).port);
  client.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-acme\r\ncontent-range: bytes 0-4/10\r\ncontent-length: 5\r\n\r\n12345`,
  );
  await client.receives(/HTTP\/1\.1 400 [\s\S]*Content-Range/);
  client.socket.destroy();
  assert.deepEqual(desk.begun, []);
});

test("what cannot be a name is none that anybody has, and is asked of nobody", async (context) => {
  const fault = async (): Promise<never> => {
    throw new Error("it was asked");
  };
  const { ask } = await stage(context, { ...scriptedDesk(ready), find: fault, remove: fault });
  for (const name of ["%00", "a%00b", "a%2Fb", "..%2f", "%20", "%C3%A9", "a".repeat(64)]) {
    for (const method of ["GET", "DELETE"]) {
      const { status, code } = await ask(`/v1/adapters/${name}`, { method });
      assert.deepEqual([status, code], [404, "adapter_not_found"], name);
    }
  }
});

test("a store that is down is a 503 with a time, not the tenant's fault", async (context) => {
  const { ask } = await stage(context, scriptedDesk({ kind: "failed", fault: "down" }));
  const { response, ...answer } = await ask(path, { method: "POST", body: Buffer.from("x") });
  assert.deepEqual([answer.status, answer.code], [503, "uploads_unavailable"]);
  assert.equal(response.headers.get("retry-after"), "10");
});

test("a flaw is told while the rest of the file is still on its way, and the rest is not read", async (context) => {
  const flaw = {
    code: "not_finite",
    kind: "values",
    message: "Value 7 is NaN.",
    at: "a.b",
  } as const;
  const desk = scriptedDesk({ kind: "flawed", flaw }, { readMax: 1 });
  const { port } = await stage(context, desk);
  const client = await rawClient(port);
  client.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-acme\r\ncontent-length: 9000000\r\n\r\n`,
  );
  client.write(Buffer.alloc(100_000));
  const text = await client.receives(/"detail":"not_finite"/);
  assert.match(text, /^HTTP\/1\.1 422 /);
  assert.match(text, /"param":"a\.b","code":"adapter_values_invalid"/);
  // It has a moment to read that, though it has not sent all.
  await sleep(100);
  assert.equal(client.socket.readyState, "open");
  await client.closes();
  assert.ok(desk.read() <= 100_000);
});

test("a client that waits for 100 Continue gets it once there is room, or the refusal instead", async (context) => {
  const expect = "expect: 100-continue\r\ncontent-length: 5\r\n\r\n";
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-acme\r\n${expect}`;
  const fine = await rawClient((await stage(context, scriptedDesk(ready))).port);
  fine.write(head);
  await fine.receives(/100 Continue/);
  fine.write("12345");
  await fine.receives(/HTTP\/1\.1 201 /);
  fine.socket.destroy();
  const full = await rawClient(
    (await stage(context, scriptedDesk(ready, { refusal: "busy" }))).port,
  );
  full.write(head);
  assert.doesNotMatch(await full.receives(/HTTP\/1\.1 429 /), /100 Continue/);
  full.socket.destroy();
});

test("bytes that stop coming are a 408, a file that is announced too large is a 413, unread", async (context) => {
  const desk = scriptedDesk(ready);
  const { port } = await stage(context, desk);
  const head = (bytes: number): string =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-acme\r\ncontent-length: ${bytes}\r\n\r\n`;
  const stalled = await rawClient(port);
  stalled.write(`${head(1_000)}abc`);
  await stalled.receives(/^HTTP\/1\.1 408 [\s\S]*request_timeout/, 3_000);
  stalled.socket.destroy();
  const large = await rawClient(port);
  large.write(head(50_000_001));
  await large.receives(/^HTTP\/1\.1 413 /);
  large.socket.destroy();
  assert.equal(desk.begun.at(-1), "left");
});

test("other methods are told what there is; a name is decoded; another's is as none", async (context) => {
  const { ask } = await stage(context, scriptedDesk(ready));
  for (const [method, url, allow] of [
    ["PUT", "/v1/adapters", "GET, POST"],
    ["POST", "/v1/adapters/mine", "GET, DELETE"],
  ] as const) {
    const { status, response } = await ask(url, { method });
    assert.deepEqual([status, response.headers.get("allow")], [405, allow]);
  }
  assert.equal((await ask("/v1/adapters/min%65")).status, 200);
  assert.equal((await ask("/v1/adapters/mine", { method: "DELETE" })).status, 200);
  for (const method of ["GET", "DELETE"]) {
    const foreign = await ask("/v1/adapters/mine", { method }, "key-bolt");
    const none = await ask("/v1/adapters/none", { method }, "key-bolt");
    assert.deepEqual([foreign.status, foreign.code], [404, "adapter_not_found"]);
    assert.equal(foreign.text.replaceAll("mine", "none"), none.text);
  }
  assert.match((await ask("/v1/adapters", {}, "key-bolt")).text, /"data":\[\]/);
  assert.equal((await ask("/v1/adapters", {}, "key-nobody")).status, 401);
});

test("a tenant that asks without end is told to come back, and is in nobody else's way", async (context) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const desk: AdapterDesk = {
    ...scriptedDesk(ready),
    list: async () => {
      await promise;
      return [];
    },
  };
  const { ask } = await stage(context, desk);
  const waiting = Array.from({ length: 20 }, () => ask("/v1/adapters"));
  await sleep(200);
  const others = ask("/v1/adapters", {}, "key-bolt");
  await sleep(100);
  resolve();
  const codes = (await Promise.all(waiting)).map(({ status }) => status);
  assert.equal(codes.filter((status) => status === 200).length, 8);
  assert.equal(codes.filter((status) => status === 429).length, 12);
  assert.equal((await others).status, 200);
  assert.equal((await ask("/v1/adapters")).status, 200);
});

test("an upload ends with its key, with the next bytes that come", async (context) => {
  const desk = scriptedDesk(ready);
  const { port, edge } = await httpStage(context, helloScript, {}, { adapters: desk });
  const client = await rawClient(port);
  client.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-acme\r\ncontent-length: 40000\r\n\r\n`,
  );
  client.write(Buffer.alloc(20_000));
  for (let round = 0; desk.read() === 0 && round < 400; round++) await sleep(5);
  const { fleet } = edge.view();
  edge.setFleet({ ...fleet, keys: fleet.keys.map((key) => ({ ...key, revoked: true })) });
  client.write(Buffer.alloc(20_000));
  const answer = await client.receives(/revoked/);
  assert.match(answer, /^HTTP\/1\.1 401 /);
  assert.equal(desk.read(), 20_000);
  client.socket.destroy();
});

test("a key that may use only some models manages only their adapters", async (context) => {
  const { port, edge } = await httpStage(
    context,
    helloScript,
    {},
    { adapters: scriptedDesk(ready) },
  );
  const narrow = (models: readonly string[]): void => {
    const fleet = edge.view().fleet;
    edge.setFleet({ ...fleet, keys: fleet.keys.map((key) => ({ ...key, models })) });
  };
  const ask = async (method: string, at: string) => {
    const headers = { authorization: "Bearer key-acme" };
    const init =
      method === "POST" ? { method, headers, body: Buffer.from("x") } : { method, headers };
    const response = await fetch(`http://127.0.0.1:${port}${at}`, init);
    return `${response.status} ${(await response.text()).includes('"mine"')}`;
  };
  const mine = "/v1/adapters/mine";
  narrow(["fair-8b:other"]);
  assert.equal(await ask("GET", "/v1/adapters"), "200 false");
  assert.match(await ask("GET", mine), /^404/);
  assert.match(await ask("DELETE", mine), /^404/);
  assert.match(await ask("POST", path), /^404/);
  narrow(["fair-8b:mine"]);
  assert.equal(await ask("GET", "/v1/adapters"), "200 true");
  assert.match(await ask("DELETE", mine), /^200/);
  assert.match(await ask("POST", path), /^201/);
  narrow(["fair-8b"]);
  assert.match(await ask("POST", path), /^201/);
});
