import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { probe } from "./probe.ts";

/** Knows one key, which may use one model; it refuses every completion. */
const server = createServer((incoming, response) => {
  const isKnown = incoming.headers.authorization === "Bearer good";
  const isList = incoming.url === "/v1/models";
  response.statusCode = isKnown ? (isList ? 200 : 429) : 401;
  const error = isKnown
    ? { code: "rate_limit_exceeded", message: "Too fast." }
    : { code: "invalid_api_key", message: "No such key." };
  response.end(JSON.stringify(isKnown && isList ? { data: [{ id: "m" }] } : { error }));
}).listen(0, "127.0.0.1");
await once(server, "listening");
const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
after(() => server.close());

const asking = (model: string, key: string, at: URL = url): Promise<void> =>
  probe({ url: at, model, tenants: [{ name: "acme", key, share: 1 }] });

test("a platform that knows the key and the model passes", () => asking("m", "good"));

test("a key that is not known, and a model that is not its own, are named", async () => {
  await assert.rejects(asking("m", "bad"), /--tenants: http:.* key of acme: No such key\./);
  await assert.rejects(
    asking("n", "good"),
    /--model: "n" is not a model that acme may use .*\(m\)/,
  );
});

test("nobody there is told by URL and reason", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  await assert.rejects(
    asking("m", "good", new URL(`http://127.0.0.1:${port}`)),
    new RegExp(`--url: cannot reach http://127.0.0.1:${port} \\(ECONNREFUSED\\)`),
  );
});

interface Ended {
  readonly code: unknown;
  readonly out: string;
  readonly complaint: string;
}

async function load(...words: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...words]);
  const out: string[] = [];
  const complaint: string[] = [];
  child.stdout.on("data", (chunk) => out.push(String(chunk)));
  child.stderr.on("data", (chunk) => complaint.push(String(chunk)));
  const [code] = await once(child, "close");
  return { code, out: out.join(""), complaint: complaint.join("") };
}

test("a load that completes nothing fails, and one that cannot begin sends nothing", async () => {
  const short = ["--workload", "code", "--duration", "0.2", "--rate", "50", "--url", url.href];
  const refused = await load(...short, "--model", "m", "--tenants", "acme=good");
  assert.equal(refused.code, 1);
  assert.match(refused.out, /acme: \d+ × rate_limit_exceeded/);
  assert.match(refused.complaint, /not one request completed/);
  const unknown = await load(...short, "--model", "m", "--tenants", "acme=bad");
  assert.deepEqual([unknown.code, unknown.out], [1, ""]);
  assert.match(unknown.complaint, /^load: --tenants: .*No such key\.\n$/);
  const wrong = await load("--workload", "code", "--url", "ftp://x");
  assert.deepEqual([wrong.code, wrong.out], [2, ""]);
  assert.match(wrong.complaint, /^load: --url: [^\n]*\n$/);
});
